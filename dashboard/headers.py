"""Headers that every answer of the server carries: what a browser may do with it."""

from __future__ import annotations

from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import Application, OutputTransform


def guard(application: Application, basemap: str = "") -> None:
    """Have every answer say: no framing, no guessing of types, nothing from elsewhere.

    Scripts may be inline and evaluated: Bokeh's and Panel's are. Text of data is escaped.

    basemap : address of map tiles that may be shown
    """
    tiles = urlsplit(basemap)
    outside = f" {tiles.scheme}://{tiles.netloc.replace('{s}', '*')}" if basemap else ""
    policy = "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{outside}",
            "font-src 'self' data:",
            "connect-src 'self' blob: ws: wss:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )

    class Guarded(OutputTransform):
        def __init__(self, request: HTTPServerRequest) -> None:
            pass

        def transform_first_chunk(
            self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
        ) -> tuple[int, HTTPHeaders, bytes]:
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "DENY"
            headers["Referrer-Policy"] = "same-origin"
            headers["Server"] = "minecube"
            if "Content-Security-Policy" not in headers:
                headers["Content-Security-Policy"] = policy
            return status_code, headers, chunk

    application.add_transform(Guarded)
