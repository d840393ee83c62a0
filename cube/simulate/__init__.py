"""A physically plausible Sentinel-2 archive of made-up mines, with the truth about them."""

from cube.simulate.archive import Archive, ArchiveSettings, write_archive
from cube.simulate.law import Case
from cube.simulate.pits import Ground
from cube.simulate.region import Region, RegionSettings, write_region
from cube.simulate.seasons import Cover
from cube.simulate.site import Site, SiteSettings, new_site, simulated
from cube.simulate.truth import Confuser, Truth, read_truth

__all__ = [
    "Archive",
    "ArchiveSettings",
    "Case",
    "Confuser",
    "Cover",
    "Ground",
    "Region",
    "RegionSettings",
    "Site",
    "SiteSettings",
    "Truth",
    "new_site",
    "read_truth",
    "simulated",
    "write_archive",
    "write_region",
]
