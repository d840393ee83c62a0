"""Signing in elsewhere: Panel's own OAuth providers, by a configuration file, for known users only.

    provider: google            # as Panel names them: azure, github, gitlab, okta, generic, ...
    key: CLIENT_ID
    secret: CLIENT_SECRET
    redirect_uri: https://mines.example.org/oauth
    name: email                 # what of the provider's answer is the user's name here
    words: Sign in with Google
    extra_params: {}            # as Panel's oauth_extra_params

The file holds a secret: only its owner may read it. Who comes from there must have been added by an
admin as a user without a password: a name at the provider never stands for one that has.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import panel as pn
from panel.auth import AUTH_PROVIDERS
from pydantic import TypeAdapter, ValidationError
from tornado.web import HTTPError

from cube.contract import CubeError
from dashboard.access.access import Access
from dashboard.access.audit import REFUSED
from dashboard.access.provider import LOGIN, DoorPage
from pipelines.plain_yaml import yaml_file

OAUTH = "/oauth"

FORMS = {"password", "pam"}
"""Of Panel's providers, those that ask for the password on a page of their own here."""

PANEL_COOKIES = ("user", "id_token", "access_token", "refresh_token", "oauth_expiry", "is_guest")
"""What Panel's provider hands to the browser; our session stands for all of it."""


@dataclass(frozen=True)
class OAuthSettings:
    """What the file says; every value is text but `extra_params`."""

    provider: str
    key: str
    secret: str
    redirect_uri: str = ""
    name: str = ""
    words: str = "Sign in elsewhere"
    extra_params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        elsewhere = sorted(set(AUTH_PROVIDERS) - FORMS)
        if self.provider not in elsewhere:
            known = ", ".join(elsewhere)
            raise CubeError(f"provider is {self.provider!r}; Panel knows {known}.")
        if not self.key or not self.secret:
            raise CubeError("key and secret are both needed: the provider gives them.")


def oauth_settings(path: Path) -> OAuthSettings:
    """The settings of a file that only its owner may read.

    Raises
    ------
    CubeError
        If others may read it, or it is no such configuration; no value of it is repeated.
    """
    if path.exists() and path.stat().st_mode & 0o077:
        raise CubeError(f"{path} can be read by others, and holds a secret: chmod 600 {path}")
    told = yaml_file(path)
    try:
        return TypeAdapter(OAuthSettings).validate_python(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        said = first["ctx"]["error"] if first["type"] == "value_error" else first["msg"].lower()
        raise CubeError(f"{path}: {where}: {said}. Expected provider, key and secret.") from None


def oauth_handler(settings: OAuthSettings, access: Access) -> type:
    """The handler of `/oauth`: Panel's of that provider, and our session at its end.

    Panel keeps these settings for the whole process: one server, one provider.
    """
    pn.config.oauth_provider = settings.provider  # type: ignore[misc]
    pn.config.oauth_key = settings.key  # type: ignore[misc]
    pn.config.oauth_secret = settings.secret  # type: ignore[misc]
    pn.config.oauth_extra_params = settings.extra_params  # type: ignore[misc]
    if settings.redirect_uri:
        pn.config.oauth_redirect_uri = settings.redirect_uri  # type: ignore[misc]
    if settings.name:
        pn.config.oauth_jwt_user = settings.name  # type: ignore[misc]
    known = {"access": access, "_login_endpoint": OAUTH}
    return type("OAuthSignIn", (_Arrival, DoorPage, AUTH_PROVIDERS[settings.provider]), known)


class _Arrival:
    """Mixed in before Panel's handler: who arrives gets our session, or is turned away."""

    access: Access
    request: Any

    async def get_authenticated_user(self, *args: Any, **kwargs: Any) -> Any:
        name = await super().get_authenticated_user(*args, **kwargs)  # type: ignore[misc]
        if not kwargs.get("code"):
            return name
        here: Any = self
        for cookie in PANEL_COOKIES:
            here.clear_cookie(cookie)
        user = self.access.users.get(str(name))
        address = self.request.remote_ip or "unknown"
        if user is None or user.password:
            await asyncio.to_thread(
                self.access.audit.enter, str(name)[:100], "sign-in elsewhere", "", REFUSED,
                "no user who signs in elsewhere", {"from": address},
            )  # fmt: skip
            raise HTTPError(
                403, "You are known there, but not here. Ask an admin to add %s.", str(name)
            )
        cookie, _ = await asyncio.to_thread(self.access.let_in, user, address)
        here.set_session(cookie)
        return user.name

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """In words, on the sign-in page; what the provider said stays in the server's log."""
        error = kwargs.get("exc_info", (None, None))[1]
        refused = status_code == 403 and isinstance(error, HTTPError) and error.log_message
        said = "Signing in elsewhere did not work. Try again, or sign in with a password."
        if refused:
            said = error.log_message % error.args if error.args else error.log_message
        told = {"onward": "/", "name": "", "said": said, "other_ways": {}}
        here: Any = self
        here.clear_all_cookies()
        here.show("signin.html.j2", status_code, login=LOGIN, **told)
