"""The name of a peer in, the peer under our interface out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from analysis.detectors import Detector
from cube.contract import CubeError
from pipelines.evaluate.peers.dist_alert import DistAlert, DistAlertSettings
from pipelines.evaluate.peers.ndvi_drop import NdviDrop, NdviDropSettings
from pipelines.evaluate.peers.nrt_monitors import ANNUAL, CLASSES, NrtMonitor, NrtSettings
from pipelines.evaluate.peers.xccd import Xccd, XccdSettings

STEPS = {"nrt_ccdc": 2, "cold": 4, "sccd": 4}
"""Peers too slow for every pixel: only every so many rows and columns are run and scored."""


def _nrt(name: str, days: int) -> Detector:
    annual, sieve = name.endswith(ANNUAL), name not in STEPS
    return NrtMonitor(name, NrtSettings(history_days=days, annual=annual, sieve=sieve))


def _xccd(name: str, days: int) -> Detector:
    return Xccd(name, XccdSettings(history_days=days))


_MAKERS: dict[str, tuple[str | None, Callable[[int], Detector]]] = {
    "dist_alert": (None, lambda days: DistAlert(DistAlertSettings(history_days=days))),
    "ndvi_drop": (None, lambda days: NdviDrop(NdviDropSettings(history_days=days))),
    **{name: ("nrt", partial(_nrt, name)) for name in CLASSES},
    **{
        f"{name}{ANNUAL}": ("nrt", partial(_nrt, f"{name}{ANNUAL}"))
        for name in CLASSES
        if name != "nrt_ccdc"  # its fit wants a trend
    },
    **{name: ("pyxccd", partial(_xccd, name)) for name in ("cold", "sccd")},
}
"""By name: the package it needs, and what makes it for a history of so many days."""

PEERS = tuple(_MAKERS)
"""Every name that `peer` knows."""


class NotInstalledError(CubeError):
    """The package a peer comes from is not there."""


def peer(name: str, history_days: int = 365) -> Detector:
    """The peer of that name, for a history of so many days from the first slot.

    Raises
    ------
    CubeError
        If no peer is called so.
    NotInstalledError
        If its package is not installed.
    """
    if name not in _MAKERS:
        raise CubeError(f"no peer is called {name!r}; known are {', '.join(PEERS)}.")
    package, make = _MAKERS[name]
    if package and not installed(package):
        raise NotInstalledError("not installed: pip install minecube[peers]")
    return make(history_days)


def installed(package: str) -> bool:
    """Whether a package can be imported."""
    return find_spec(package) is not None
