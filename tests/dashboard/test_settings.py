"""What the server is told, and what it would not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from cube.contract import CubeError
from dashboard.__main__ import main
from dashboard.settings import ServeSettings, is_loopback

HERE = Path("outputs")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"port": 70_000}, "port is 70000"),
        ({"sign_in": False, "address": "0.0.0.0"}, "without sign-in the server listens on this"),
        ({"behind_tls": True}, "--public https://HOST"),
        ({"public": "mines.example.org"}, "give it as https://mines.example.org"),
        ({"public": "https://mines.example.org/path"}, "give it as https://mines.example.org"),
        ({"basemap": "https://tiles.example.org/tiles.png"}, "basemap is"),
        ({"basemap": "javascript:{z}{x}{y}"}, "basemap is"),
    ],
)
def test_what_would_be_wrong_is_refused_at_once(told, said):
    with pytest.raises(CubeError, match=said):
        ServeSettings(HERE, **told)


def test_pages_of_the_public_address_may_open_websockets():
    assert ServeSettings(HERE, public="https://mines.example.org", behind_tls=True).origins == [
        "mines.example.org:443",
        "mines.example.org",
    ]
    assert ServeSettings(HERE).origins == []


def test_only_this_machine_is_this_machine():
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "example.org", "")))


def test_a_folder_without_a_run_is_said_in_words(tmp_path, capsys):
    assert main(["--output", str(tmp_path)]) == 2
    assert (
        "is no output of a run. Make one: python -m pipelines.full_run" in capsys.readouterr().err
    )
