"""A cube in, its chips out: images with their labels, streamed as a network asks for them.

xbatcher cuts every chip from the lazy images when it is asked for; there is no file per chip.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr
from torch.utils.data import Dataset
from xbatcher import BatchGenerator

from analysis.networks.splits import SPLITS
from analysis.networks.style import Style, matched
from cube import CubeError
from pipelines.networks.chip_records import Build, Report, chip_records
from pipelines.networks.dataset import DatasetSettings, imagery_of, labels_of, style_from
from pipelines.networks.dataset_store import built
from pipelines.networks.window_chips import as_reflectance

HASHED = ("chip", "mine_id", "window", "period", "row", "column", "site", "split", "label")


@dataclass(eq=False)
class ChipSet(Dataset):
    """Chips of a cube, by number, for a DataLoader.

    Attributes
    ----------
    records : GeoDataFrame, one row per chip, EPSG:4326
        chip int64, mine_id, window, period str, row, column [pixel], site int64, split, label
        float32 (0 or 1), positive_share float32 (NaN where only a point is known), weight
        float32, source str, geometry (the chip's outline).
    bands : names, in the order of a chip's bands
    size : int [pixel]
    style : the style that pixels are matched to, None for none
    hash : sha256 of pixels, masks and records: of what these chips teach
    report : what was left out and why
    memory_mb : images that need no more than this are read once and kept, by each process for
        itself; others are read from disk chip by chip
    """

    images: xr.Dataset
    records: gpd.GeoDataFrame
    bands: tuple[str, ...]
    size: int
    overlap: int
    style: Style | None
    hash: str
    report: Report
    memory_mb: int = 1024

    def __post_init__(self) -> None:
        self._cut: BatchGenerator | None = None

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """One chip.

        pixels (band, y, x) float32 reflectance, NaN where not measured; mask (y, x) float32
        0..1, NaN where unknown; label, weight float32 and site int64 scalars; where the labels
        know land cover, classes (y, x) int64 of `LandCover`, -1 unknown.
        """
        row = self.records.iloc[index]
        cut = self._generator()[int(row["chip"])]
        pixels = as_reflectance(cut["reflectance"].values[0, 0])
        if self.style is not None:
            pixels = matched(pixels, self.style)
        item = {
            "pixels": pixels,
            "mask": np.array(cut["mask"].values[0, 0], np.float32),
            "label": np.float32(row["label"]),
            "weight": np.float32(row["weight"]),
            "site": np.int64(row["site"]),
        }
        if self.covers:
            item["classes"] = np.array(cut["classes"].values[0, 0], np.int64)
        return item

    @property
    def covers(self) -> bool:
        """Whether chips carry classes of land cover."""
        return "classes" in self.images

    def of_split(self, name: str) -> ChipSet:
        """The chips of one split.

        Raises
        ------
        CubeError
            If there is no such split, or no chip in it.
        """
        if name not in SPLITS:
            raise CubeError(f"There is no split {name!r}: ask for {', '.join(SPLITS)}.")
        part = self.records[self.records["split"] == name]
        if part.empty:
            raise CubeError(
                f"No chip is in split {name!r}: its share was set to 0, or all were left out."
            )
        return ChipSet(
            self.images,
            part.reset_index(drop=True),
            self.bands,
            self.size,
            self.overlap,
            self.style,
            self.hash,
            self.report,
            self.memory_mb,
        )

    def _generator(self) -> BatchGenerator:
        if self._cut is None:
            small = self.images.nbytes <= self.memory_mb * 1e6
            around = {"y": self.overlap, "x": self.overlap} if self.overlap else {}
            self._cut = BatchGenerator(
                self.images.compute() if small else self.images,
                input_dims={"mine": 1, "period": 1, "y": self.size, "x": self.size},
                input_overlap=around,
                preload_batch=False,
            )
        return self._cut

    def __getstate__(self) -> dict[str, Any]:
        """Without the generator: a loader's worker makes its own."""
        return {**self.__dict__, "_cut": None}


def chip_set(
    cube_path: str | Path, settings: DatasetSettings, folder: str | Path | None = None
) -> ChipSet:
    """The chips of a cube: cut, labelled, divided by place.

    Parameters
    ----------
    cube_path : `OUTPUT/cube` of a run
    settings : DatasetSettings
    folder : where the cloud-free images are kept (made if missing, taken up again if killed);
        without one they are kept in memory

    Raises
    ------
    CubeError
        If the cube, a band, a period or a file of labels is missing or wrong; if all chips are
        clouds or nothing is known of any; if a class is empty, or the ground is too little to
        be divided.
    """
    imagery = imagery_of(cube_path, settings)
    labels, notes = labels_of(cube_path, imagery, settings)
    style = style_from(settings.style, imagery.bands)
    images, judged = built(imagery, labels, settings, Path(folder) if folder else None)
    records, report = chip_records(Build(imagery, settings, judged, labels.grounds, tuple(notes)))
    plain = {
        "bands": imagery.bands,
        "size": settings.chip_size,
        "style": style.to_dict() if style else None,
        "images": [digest for _, _, digest in judged],
        "records": json.loads(records[list(HASHED)].to_json(orient="values")),
        "weights": [round(float(weight), 6) for weight in records["weight"]],
    }
    digest = sha256(json.dumps(plain).encode()).hexdigest()
    return ChipSet(
        images,
        records,
        imagery.bands,
        settings.chip_size,
        settings.overlap,
        style,
        digest,
        report,
        settings.memory_mb,
    )
