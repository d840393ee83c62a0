"""A published run, its server and a browser, shared by the tests of what people see."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import REMEDY, chromium
from tests.browser.signing_in import signed_in_cookies
from tests.browser.site import Served, made_site, serving
from tests.browser.watching import Watched, watched


@pytest.fixture(scope="session")
def site(archive, tmp_path_factory) -> Path:
    """The output of a finished, published run; copied by who changes it."""
    return made_site(archive, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def server(site) -> Iterator[Served]:
    """A server over `site` for tests that only look."""
    with serving(site) as served:
        yield served


@pytest.fixture(scope="session")
def desk(site, tmp_path_factory) -> Iterator[Served]:
    """A server over a copy of the run, that acts may change."""
    copied = tmp_path_factory.mktemp("desk") / "outputs"
    output = Path(shutil.copytree(site, copied, ignore=shutil.ignore_patterns("access")))
    with serving(output) as served:
        yield served


@pytest.fixture(scope="module")
def browser(server) -> Iterator[Browser]:
    """A Chromium, started after the run: Playwright keeps an event loop on this thread."""
    with chromium() as found:
        if found is None:
            pytest.skip(REMEDY)
        yield found


@pytest.fixture(scope="module")
def contexts(browser) -> Iterator[dict[tuple[str, str], Watched]]:
    """Signed-in browsers by server and user: what one test loaded, the next has at hand."""
    kept: dict[tuple[str, str], Watched] = {}
    yield kept
    for visitor in kept.values():
        visitor.context.close()


@pytest.fixture
def visit(browser, server, contexts) -> Iterator[Callable[..., Watched]]:
    """Visitors by name, signed in; a stranger without one. At the end none met an error."""
    met: list[Watched] = []

    def visitor(name: str = "", at: Served = server, fresh: bool = False) -> Watched:
        key = (at.address, name)
        if not name or fresh:
            cookies = signed_in_cookies(at, name) if name else None
            met.append(watched(browser, at.address, cookies))
            return met[-1]
        if key not in contexts:
            contexts[key] = watched(browser, at.address, signed_in_cookies(at, name))
        met.append(contexts[key])
        return met[-1]

    yield visitor
    for one in met:
        one.close_pages()
    faults = [fault for one in met for fault in one.faults]
    for one in met:
        one.begin_again()
        if one not in contexts.values():
            one.context.close()
    assert faults == []
