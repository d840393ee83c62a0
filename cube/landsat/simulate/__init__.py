"""A made-up Landsat archive, with the truth about its mines."""

from cube.landsat.simulate.archive import (
    LandsatArchiveSettings,
    archive_tiles,
    write_landsat_archive,
)

__all__ = ["LandsatArchiveSettings", "archive_tiles", "write_landsat_archive"]
