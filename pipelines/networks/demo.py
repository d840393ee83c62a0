"""From nothing to watched mines: simulate, train, scan, find, adopt, monitor.

    python -m pipelines.networks.demo [--output DIR] [--cluster WHERE]

Trains tiny presets on a simulated archive, scans a simulated region elsewhere in which two mines
are on no list, adopts what it finds and lets the main job watch it. All of it without internet.
Exit codes: 0 both were found and seen to grow, 1 not so, 2 bad input, 130 stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import icechunk
from rich.console import Console

from cube.contract import CORE_BANDS, CubeError
from cube.simulate import (
    Archive,
    ArchiveSettings,
    Region,
    RegionSettings,
    write_archive,
    write_region,
)
from cube.windows import WindowSettings
from pipelines import full_run
from pipelines.adopt import adopt
from pipelines.adoption import Adoption, AdoptionRule
from pipelines.config import IngestSettings, RunConfig
from pipelines.embedded import archive_period
from pipelines.networks.grid import ScanGrid
from pipelines.networks.outlining import OutlineRule
from pipelines.networks.scan_job import ScanOrder, scan
from pipelines.networks.scan_training import TrainingOrder
from pipelines.networks.scanning import ScanRules

KNOWN = ArchiveSettings(seed=11, mines=8, size=256, years=1, bands=CORE_BANDS)
"""Eight mines in eight coal fields, one year: what is learnt from."""

ELSEWHERE = RegionSettings(seed=3, plots=3, plot_px=192, listed=3, unlisted=2, bands=CORE_BANDS)
"""5.8 x 5.8 km in other hills, two years: one to scan, the next to watch."""

SCAN_PERIOD = "2021-01-01/2021-12-31"
WATCH_PERIOD = "2021-01-01/2022-12-31"

CHIP_PX = 64
TILE_PX = 192
LEAST_HA = 5.0
"""Candidates of less are not asked for: the smallest mine of the region is several times that."""

GROWTH_HA = 0.5
"""Monitoring confirms growth where it finds this much newly opened ground."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.networks.demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", default="runs/networks-demo", help="folder of all it writes")
    parser.add_argument("--cluster", default="", help="cluster.yaml, an address, or `threads`")
    parser.add_argument("--epochs", type=int, default=24, help="of each training, at most")
    told = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    started = time.perf_counter()
    try:
        lacking = demonstrate(Path(told.output), told.cluster, told.epochs, console)
    except (CubeError, OSError, icechunk.IcechunkError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command to go on.", file=sys.stderr)
        return 130
    minutes = (time.perf_counter() - started) / 60
    for said in lacking:
        print(f"not shown: {said}", file=sys.stderr)
    console.print(f"{'Not all was shown' if lacking else 'Done'} after {minutes:.1f} minutes.")
    return 1 if lacking else 0


def demonstrate(output: Path, cluster: str, epochs: int, console: Console) -> list[str]:
    """Every stage that is not done yet; what could not be shown, in words."""
    console.print("1. Mines to learn from, and a region to look for others in (simulated)")
    archive = write_archive(output / "known", KNOWN)
    region = write_region(output / "region", ELSEWHERE)
    console.print("2. Training on the archive, then scanning the region")
    code, _ = scan(_order(output, archive, region, cluster, epochs), console)
    if code:
        return ["some tiles of the region could not be scanned"]
    console.print("3. Adopting what is on no list")
    longer = output / "mines_with_found.geojson"
    adopted = adopt(
        output / "scan" / "candidates.geojson",
        region.mines,
        longer,
        AdoptionRule(),
        (),
        console,
    )
    lacking, right = _not_found(region, adopted, console)
    if lacking:
        return lacking
    console.print("4. Watching all of them")
    code = full_run.run(_watching(output, region, longer, cluster), console)
    if code:
        return ["some mines of the longer list could not be watched"]
    lacking = _not_growing(output / "watched", right, console)
    console.print("Pictures to look at:")
    for path in _pictures(output, adopted):
        console.print(f"  {path}")
    console.print(f"In a browser: python -m pipelines.serve --output {output / 'watched'}")
    return lacking


def _order(output: Path, archive: Archive, region: Region, cluster: str, epochs: int) -> ScanOrder:
    latitude, longitude = region.center
    return ScanOrder(
        ScanGrid(latitude, longitude, region.radius_km, TILE_PX),
        str(region.items),
        SCAN_PERIOD,
        str(output / "scan"),
        mines=str(region.mines),
        cluster=cluster,
        training=TrainingOrder(
            mines=str(archive.mines),
            catalog=str(archive.items),
            period=archive_period(KNOWN),
            labels="truth",
            label_file=str(archive.folder / "truth"),
            chip_px=CHIP_PX,
            window_px=KNOWN.size,
            classifier="resnet18",
            segmenter="unet",
            preset="tiny",
            epochs=epochs,
        ),
        rules=ScanRules(outlines=OutlineRule(least_ha=LEAST_HA)),
    )


def _watching(output: Path, region: Region, mines: Path, cluster: str) -> RunConfig:
    return RunConfig(
        mines=str(mines),
        catalog=str(region.items),
        period=WATCH_PERIOD,
        output=str(output / "watched"),
        cluster=cluster,
        windows=WindowSettings(KNOWN.size),
        ingest=IngestSettings(bands="core"),
    )


def _not_found(region: Region, adopted: Adoption, console: Console) -> tuple[list[str], list[str]]:
    """The unlisted mines that were not found, in words, and the adopted mines that are one."""
    every = gpd.read_file(region.all_mines)
    epsg = every.estimate_utm_crs()
    worked = gpd.read_file(region.worked)
    worked = worked[worked["date"].astype(str).str[:10] == SCAN_PERIOD[:10]].to_crs(epsg)
    new = adopted.mines[adopted.mines["mine_id"].isin(adopted.adopted)].to_crs(epsg)
    lacking, right = [], []
    for name in every.loc[~every["listed"], "mine_id"]:
        truth = worked.loc[worked["mine_id"] == name].geometry.union_all()
        shared = new.geometry.intersection(truth).area
        if not len(new) or shared.max() < truth.area / 2:
            lacking.append(f"the unlisted mine {name} was not found")
            continue
        best = shared.idxmax()
        right.append(str(new.loc[best, "mine_id"]))
        union = new.geometry[best].union(truth).area
        console.print(
            f"  {new.loc[best, 'mine_id']} is the unlisted mine {name}: "
            f"{100 * shared.max() / truth.area:.0f} % of its ground, with the margin "
            f"{100 * shared.max() / union:.0f} % of both outlines together"
        )
    strangers = len(new) - int((~every["listed"]).sum())
    if not lacking and strangers > 0:
        console.print(f"  {strangers} more of the adopted are no mines: a false alarm of the scan")
    return lacking, right


def _not_growing(output: Path, mines: Sequence[str], console: Console) -> list[str]:
    """How much ground monitoring confirmed as newly dug at each adopted mine."""
    regions = gpd.read_parquet(output / "regions.parquet")
    lacking = []
    for mine_id in mines:
        own = regions[regions["mine_id"] == mine_id]
        last = own[own["date"] == regions["date"].max()]
        dug_ha = float(last["area_ha"].sum())
        if dug_ha < GROWTH_HA:
            lacking.append(f"monitoring confirmed no growth of {mine_id} ({dug_ha:.2f} ha)")
            continue
        console.print(
            f"  {mine_id} grew by {dug_ha:.1f} ha; the first of it was confirmed on "
            f"{last['confirmed_date'].min():%Y-%m-%d}"
        )
    return lacking


def _pictures(output: Path, adopted: Adoption) -> list[Path]:
    reports = output / "watched" / "final" / "reports"
    looks = [path for name in adopted.adopted for path in sorted(reports.rglob(f"*{name}*.png"))]
    return [output / "scan" / "grid.png", reports / "summary_statistics.png", *looks]


if __name__ == "__main__":
    sys.exit(main())
