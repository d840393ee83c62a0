"""Candidates and the list of mines in, a longer list out: each new mine sound and known by none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd
import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from cube.contract import CubeError
from cube.mines import read_mines
from cube.polygon_files import column_of, identifiers, polygon_file
from cube.polygons import projected, sound_polygon, utm_epsg
from pipelines.run_record import file_hash

PROVENANCE = ("candidate_id", "probability", "outline_probability", "period", "catalog",
              "classifier", "segmenter")  # fmt: skip
"""What a candidate says of where it comes from; kept with the mine it becomes."""


@dataclass(frozen=True)
class AdoptionRule:
    """Which candidates become mines.

    least_probability : of the classifier; what a person has checked may be lower [1].
    margin_m : drawn around what was outlined [m], as lists of mines do: their polygons hold the
        works and what they will grow into first.
    overlap : share of a candidate's area that may lie on a known mine [1]: outlines of neighbours
        touch by a pixel or two.
    prefix : of the new ids.
    """

    least_probability: float = 0.5
    margin_m: float = 30.0
    overlap: float = 0.02
    prefix: str = "FOUND"

    def __post_init__(self) -> None:
        if not 0 <= self.least_probability <= 1:
            raise CubeError(f"least_probability is {self.least_probability}; give 0 to 1.")
        if not 0 <= self.margin_m <= 1000:
            raise CubeError(f"margin_m is {self.margin_m}; give 0 to 1000 m.")
        if not 0 <= self.overlap < 1:
            raise CubeError(f"overlap is {self.overlap}; give a share from 0 to below 1.")
        if not self.prefix.isidentifier():
            raise CubeError(f"prefix is {self.prefix!r}; give letters, digits and underscores.")


@dataclass(frozen=True, eq=False)
class Adoption:
    """What became of the candidates.

    mines : the list as it was, every column of it, and the new mines behind it; EPSG:4326
    adopted : candidate ids by the new mine's id
    refused : one row per candidate that was not adopted: candidate_id, reason
    """

    mines: gpd.GeoDataFrame
    adopted: dict[str, str]
    refused: pd.DataFrame


def adoption(
    candidates: str | Path,
    mines: str | Path,
    rule: AdoptionRule | None = None,
    wanted: tuple[str, ...] = (),
) -> Adoption:
    """Candidates of a file, held against the mines of another.

    Parameters
    ----------
    candidates : polygons with candidate_id and probability, as a scan writes them
    mines : the list that full runs read; a sound one
    rule : AdoptionRule
    wanted : only these candidates, whatever their probability; none: all

    Raises
    ------
    CubeError
        If a file cannot be read, or a candidate is wanted that there is not.
    """
    rule = rule or AdoptionRule()
    found = polygon_file(candidates)
    remedy = "Give the candidates.geojson of a scan."
    names = identifiers(column_of(found, "candidate_id", candidates, remedy))
    likely = pd.to_numeric(column_of(found, "probability", candidates, remedy), errors="coerce")
    if strange := [name for name in wanted if name not in names]:
        raise CubeError(
            f"there is no candidate {strange[0]!r} in {candidates}; there are {', '.join(names)}."
        )
    every, sound = polygon_file(mines), read_mines(mines)[0]
    every["mine_id"] = identifiers(every["mine_id"])
    ground = dict(zip(sound["mine_id"], sound.geometry, strict=True))
    taken = set(every["mine_id"])
    source = f"scan, sha256 {file_hash(candidates)[:12]}"
    rows, refused = [], []
    for i, name in enumerate(names):
        told = found.iloc[i]
        try:
            if wanted and name not in wanted:
                raise CubeError("not among those that were asked for")
            if not wanted and not likely.iloc[i] >= rule.least_probability:
                raise CubeError(
                    f"its probability, {likely.iloc[i]:g}, is below {rule.least_probability:g}"
                )
            outline = _outline(told.geometry, ground, rule)
        except (CubeError, GEOSException) as reason:
            refused.append({"candidate_id": name, "reason": str(reason)})
            continue
        mine_id = _new_id(rule.prefix, taken)
        taken.add(mine_id)
        ground[mine_id] = outline
        origin = {key: told[key] for key in PROVENANCE if key in found.columns}
        rows.append({"mine_id": mine_id, "source": source} | origin | {"geometry": outline})
    return _checked(every, rows, refused)


def _checked(mines: gpd.GeoDataFrame, rows: list[dict], refused: list[dict]) -> Adoption:
    """The longer list, without what a full run would reject."""
    with TemporaryDirectory(prefix="minecube-") as folder:
        path = Path(folder) / "mines.parquet"
        _longer(mines, rows).to_parquet(path)
        _, rejected = read_mines(path)
    reasons = dict(zip(rejected["mine_id"], rejected["reason"], strict=True))
    sound = [row for row in rows if row["mine_id"] not in reasons]
    refused = refused + [
        {"candidate_id": row["candidate_id"], "reason": reasons[row["mine_id"]]}
        for row in rows
        if row["mine_id"] in reasons
    ]
    return Adoption(
        _longer(mines, sound),
        {row["mine_id"]: str(row["candidate_id"]) for row in sound},
        pd.DataFrame(refused, columns=["candidate_id", "reason"]),
    )


def _outline(
    geometry: BaseGeometry | None, ground: dict[str, BaseGeometry], rule: AdoptionRule
) -> BaseGeometry:
    """A candidate's outline with its margin, cut where a known mine begins.

    Raises
    ------
    CubeError
        If it is no sound polygon, or lies on a known mine; the message is the reason.
    """
    polygon, _ = sound_polygon(geometry)
    epsg = utm_epsg(polygon)
    metres = projected(polygon, epsg)
    wide = metres.buffer(rule.margin_m, quad_segs=4)
    near = gpd.GeoSeries([wide], crs=epsg).to_crs(4326).iloc[0]
    for name, other in ground.items():
        if not other.intersects(near):
            continue
        theirs = projected(other, epsg)
        shared = metres.intersection(theirs).area / metres.area
        if shared > rule.overlap:
            raise CubeError(f"{100 * shared:.0f} % of it lies on {name}, which is listed already")
        wide = wide.difference(theirs)
    whole = shapely.union_all([part for part in shapely.get_parts(wide) if part.area > 0])
    return gpd.GeoSeries([whole], crs=epsg).to_crs(4326).iloc[0]


def _new_id(prefix: str, taken: set[str]) -> str:
    """The first free id: `FOUND_001`."""
    number = 1
    while f"{prefix}_{number:03d}" in taken:
        number += 1
    return f"{prefix}_{number:03d}"


def _longer(mines: gpd.GeoDataFrame, rows: list[dict]) -> gpd.GeoDataFrame:
    """The list with the new mines behind it; columns that a row lacks stay empty."""
    if not rows:
        return mines
    new = gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)
    whole = pd.concat([mines, new], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=4326)
