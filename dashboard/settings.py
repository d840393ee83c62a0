"""What the server is told, checked at birth."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cube.contract import CubeError


@dataclass(frozen=True)
class ServeSettings:
    """How an output is served.

    output : folder of a run
    port : 5006, as Panel's own; 0 takes a free one
    address : where the server listens; this machine alone unless told
    public : the address people open, as https://mines.example.org, where that differs (a proxy)
    behind_tls : whether a proxy before the server speaks TLS: cookies are then sent over it only,
        and the proxy's word is taken for whose request it is
    sign_in : False shows everything to whoever reaches the port, and nothing can be changed; only
        for this machine
    session_hours : a sign-in holds so long [h]
    oauth : YAML file of another way to sign in (see dashboard/access/oauth.py); "" for none
    basemap : address of map tiles with {z}, {x}, {y} to show beneath the mines; "" asks nobody
    """

    output: Path
    port: int = 5006
    address: str = "127.0.0.1"
    public: str = ""
    behind_tls: bool = False
    sign_in: bool = True
    session_hours: float = 12.0
    oauth: str = ""
    basemap: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise CubeError(f"port is {self.port}; give 0 (a free one) to 65535.")
        if not self.sign_in and not is_loopback(self.address):
            raise CubeError(
                f"without sign-in the server listens on this machine alone, not on {self.address}. "
                "Leave out --no-sign-in, or --address."
            )
        public = urlsplit(self.public)
        if self.public and (
            public.scheme not in ("http", "https")
            or not public.hostname
            or public.path not in ("", "/")
            or public.query
        ):
            raise CubeError(f"public is {self.public!r}; give it as https://mines.example.org")
        if self.behind_tls and public.scheme != "https":
            raise CubeError(
                "behind a proxy that speaks TLS, say what people open: --public https://HOST"
            )
        if self.basemap:
            tiles = urlsplit(self.basemap)
            parts = all(part in self.basemap for part in ("{z}", "{x}", "{y}"))
            if tiles.scheme not in ("http", "https") or not tiles.hostname or not parts:
                raise CubeError(
                    f"basemap is {self.basemap!r}; give https://HOST/{{z}}/{{x}}/{{y}}.png"
                )

    @property
    def origins(self) -> list[str]:
        """Hosts whose pages may open a websocket here, the port left out where it is the usual."""
        if not self.public:
            return []
        public = urlsplit(self.public)
        usual = {"http": 80, "https": 443}[public.scheme]
        return [f"{public.hostname}:{public.port or usual}", str(public.netloc).lower()]


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
