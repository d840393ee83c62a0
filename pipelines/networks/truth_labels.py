"""The truth of a simulated archive as labels: mines, lookalikes and land cover of a window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from cube import CubeError, Window
from cube.simulate import Confuser, Cover, Ground, read_truth
from pipelines.networks.cover_truth import cover_truth
from pipelines.networks.imagery import Place
from pipelines.networks.labels import WindowLabels

MINED = (Ground.PIT, Ground.DUMP, Ground.HAUL_ROAD, Ground.YARD)
"""What belongs to a mine's footprint, as the global mining polygons have it."""

LOOKALIKES = {  # fields between two harvests are green in a median: no lookalikes
    Confuser.FALLOW: "bare_field",
    Confuser.DRY_GROUND: "bare_ground",
    Confuser.WATER_EDGE: "river",
    Confuser.BURN: "burn",
    Confuser.CONSTRUCTION: "construction",
}


@dataclass(frozen=True, eq=False)
class TruthLabels:
    """The truth of a simulated archive: mines, lookalikes as hard negatives, land cover."""

    folder: Path
    stored: dict[str, Window]
    name: str = "truth"
    grounds: gpd.GeoDataFrame | None = None
    covers: bool = True

    def of(self, place: Place, day: np.ndarray) -> WindowLabels:
        path = self.folder / f"{place.mine_id}.nc"
        if not path.exists():
            raise CubeError(
                f"There is no {path}: give the folder `truth` of the archive that the cube was "
                "made from."
            )
        truth = read_truth(path, self.stored[place.key])
        mined = np.isin(truth["ground"].values, MINED)
        onset = truth["onset"].values.astype("datetime64[D]")
        mask = (mined & (np.isnat(onset) | (onset <= day))).astype(np.float32)
        mask[np.isnat(day)] = np.nan
        names = ("", *dict.fromkeys(LOOKALIKES.values()), "town")
        kinds = np.zeros(mask.shape, np.uint8)
        kinds[np.isin(truth["cover"].values, (Cover.SETTLEMENT, Cover.ROAD))] = len(names) - 1
        for confuser, name in LOOKALIKES.items():
            kinds[truth["confuser"].values == confuser] = names.index(name)
        kinds[mined] = 0
        classes = cover_truth(truth, day)
        return WindowLabels(mask, np.ones_like(mask), kinds, names, classes=classes)
