"""The core on real ground, for a person to judge: `python -m benchmarks.real_ground --data DIR`.

DIR holds `mines.geojson` and `items.json`, one mine and the Sentinel-2 scenes over it; it is read
where it lies. The main job is run, then every confirmed region is pictured, and beside them what
might be missed: ground suspected and cleared again, water that grew, the largest losses of green.
No truth is known there: pictures and series are for a person to judge, and the person's reading
stands in `docs/real_ground.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.real_pictures import overview, place_figure
from benchmarks.real_places import RealGround, Spot, real_ground, spots
from pipelines.full_run import main as full_run
from pipelines.pictures import webp

KEPT = Path("benchmarks/results/real_ground.json")
PICTURES = Path("docs/real_ground")


def main(arguments: list[str] | None = None) -> int:
    """Run, find, draw. The exit code of the main job, or 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="mines.geojson and items.json")
    parser.add_argument("--period", default="2019-01-01/2024-12-31")
    parser.add_argument("--output", type=Path, default=Path("outputs/real_ground"), help="the run")
    parser.add_argument("--root", type=Path, default=Path(), help="where docs and benchmarks lie")
    told = parser.parse_args(arguments)
    code = full_run(
        [
            "--mines", str(told.data / "mines.geojson"), "--catalog", str(told.data / "items.json"),
            "--period", told.period, "--output", str(told.output), "--cluster", "threads",
            "--steps", "validate..detect",
        ]
    )  # fmt: skip
    if code not in (0, 3):
        return code
    ground = real_ground(told.output / "cube")
    found = spots(ground)
    for path in written(ground, found, told.root):
        print(f"  {path}")
    return 0


def written(ground: RealGround, found: list[Spot], root: Path) -> list[Path]:
    """Numbers and pictures of every place, on disk."""
    (root / PICTURES).mkdir(parents=True, exist_ok=True)
    for old in (root / PICTURES).glob("*.webp"):
        old.unlink()
    pictures = {"overview.webp": overview(ground, found)}
    for spot in found:
        pictures[f"{spot.name}.webp"] = place_figure(ground, spot)
    paths = []
    for name, figure in pictures.items():
        path = root / PICTURES / name
        path.write_bytes(webp(figure))
        paths.append(path)
    table = {"mine": ground.mine_id, **ground.figures(), "places": [one.record() for one in found]}
    (root / KEPT).write_text(json.dumps(table, indent=1) + "\n")
    return [root / KEPT, *paths]


if __name__ == "__main__":
    sys.exit(main())
