"""The monitors of the package nrt, as they come, under our interface."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.detection import Excavation
from analysis.detectors import Block
from cube.contract import SCALE
from pipelines.evaluate.peers.claims import NONE, Days, excavation_of
from pipelines.evaluate.sites import ndvi_of

CONFIRMED = 3
"""nrt's mask of a confirmed break."""

CLASSES = {
    "nrt_ewma": ("ewma", "EWMA"),
    "nrt_cusum": ("cusum", "CuSum"),
    "nrt_mosum": ("mosum", "MoSum"),
    "nrt_iqr": ("iqr", "IQR"),
    "nrt_ccdc": ("ccdc", "CCDC"),
}
"""Module and class of nrt.monitor, by our name."""

ANNUAL = "_annual"
"""Ends the name of a monitor that is told one harmonic and no trend."""


@dataclass(frozen=True)
class NrtSettings:
    """What a monitor is told; the rest are nrt's own defaults."""

    history_days: int = 365
    """Days from the first slot."""
    annual: bool = False
    """One harmonic and no trend, instead of nrt's two or three and a trend: a single year of
    history bears no more, and the trend it fits runs away with every later year."""
    sieve: bool = True
    """Whether small patches leave the map; not where only some pixels are run."""


@dataclass(frozen=True)
class NrtMonitor:
    """NDVI, fitted on the history and monitored date by date.

    nrt dates nothing but the break's confirmation, so that stands for onset and detection too. It
    looks both ways; a break towards greener ground is not counted here.

    Source
    ------
    nrt 0.3 (European Commission, JRC; https://github.com/ec-jrc/nrt): Brooks et al. 2014
    (EWMA), Verbesselt et al. 2012 (CuSum and MoSum, as bfastmonitor), Zhu & Woodcock 2014 (CCDC).
    """

    name: str
    settings: NrtSettings = NrtSettings()
    bands: tuple[str, ...] = ("green", "red", "nir", "swir16")

    def __call__(self, block: Block) -> Excavation:
        module, class_name = CLASSES[self.name.removesuffix(ANNUAL)]
        told = {"trend": False, "harmonic_order": 1} if self.settings.annual else {}
        monitor = getattr(import_module(f"nrt.monitor.{module}"), class_name)(**told)
        ndvi, days = ndvi_of(block), block.days
        history = days <= days[0] + self.settings.history_days
        confirmed = np.full(block.shape[1:], NONE, np.int64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # series too short, and the like
            try:
                monitor.fit(
                    _labelled(ndvi, block)[history], **_screening(self.name, block, history)
                )
            except ValueError:  # nowhere enough looks: nothing is monitored
                monitor = None
            for t in np.flatnonzero(~history) if monitor is not None else ():
                if not np.isfinite(ndvi[t]).any():
                    continue
                watched = monitor.mask != CONFIRMED
                date = pd.Timestamp(block.acquired[t]).normalize().to_pydatetime()
                below = ndvi[t] < monitor.predict(date)
                monitor.monitor(ndvi[t], date)
                broken = watched & (monitor.mask == CONFIRMED) & below
                confirmed[broken] = days[t]
        never = np.full_like(confirmed, NONE)
        found = Days(confirmed, confirmed, confirmed, never, confirmed)
        return excavation_of(found, block, self.settings.sieve)


def _screening(name: str, block: Block, history: np.ndarray) -> dict[str, Any]:
    """CCDC screens missed cloud by green and SWIR reflectance."""
    if name != "nrt_ccdc":
        return {}
    return {
        wanted: _labelled(
            np.where(block.clear, block.band(band) * np.float32(SCALE), np.float32(np.nan)), block
        )[history]
        for wanted, band in (("green", "green"), ("swir", "swir16"))
    }


def _labelled(values: np.ndarray, block: Block) -> xr.DataArray:
    _, rows, columns = values.shape
    return xr.DataArray(
        values,
        dims=("time", "y", "x"),
        coords={
            "time": block.acquired.astype("datetime64[ns]"),
            "y": np.arange(rows, dtype=float),
            "x": np.arange(columns, dtype=float),
        },
    )
