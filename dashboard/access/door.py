"""For handlers of files and pictures: nobody comes in without a session, nothing is redirected."""

from __future__ import annotations

from typing import Any

import tornado.web

from dashboard.access.access import Visitor
from dashboard.access.present import cookie_of
from dashboard.served import Served


class Door(tornado.web.RequestHandler):
    """Mixed in before the handler: `class Chip(Door)`, routed with `dict(served=served)`.

    Answers 401, in words, before `get` or `post` is asked. `admins_only` lets admins alone in.
    """

    admins_only = False
    served: Served
    visitor: Visitor | None = None

    def initialize(self, served: Served, **more: Any) -> None:
        self.served = served
        for name, value in more.items():
            setattr(self, name, value)

    def prepare(self) -> None:
        access = self.served.access
        if access is None:
            if self.admins_only:
                self.refuse(403, "Nobody signs in here, so nobody is an admin.")
            return
        self.visitor = access.visitor_of(cookie_of(self.request, access))
        if self.visitor is None:
            self.refuse(401, "Sign in to see this.")
        elif self.admins_only and not self.visitor.is_admin:
            self.refuse(403, "Only an admin may do that.")

    def refuse(self, status: int, said: str) -> None:
        """Answer with one line of text and nothing else."""
        self.clear()
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(said + "\n")
