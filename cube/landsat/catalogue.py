"""A STAC catalogue as a source of annual composites: no account anywhere is needed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cube.landsat.composite import AnnualSettings, annual_composite
from cube.landsat.contract import AnnualComposite, Tile
from cube.landsat.grid import tile_bbox
from cube.landsat.reading import SceneReader
from cube.sources.source import Source


@dataclass(frozen=True)
class CatalogueYears:
    """Searches a catalogue opened with `LandsatSettings` and composes what it finds."""

    source: Source
    settings: AnnualSettings = field(default_factory=AnnualSettings)
    reader: SceneReader = field(default_factory=SceneReader)

    @property
    def description(self) -> str:
        """One line for people."""
        return self.source.description

    def annual(self, tile: Tile, year: int) -> AnnualComposite | None:
        """See `AnnualSource.annual`."""
        first, last = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31")
        found = self.source.search(tile_bbox(tile), first, last)
        return annual_composite(found.scenes, tile, self.reader, self.settings)
