"""What each source of labels knows of a window, worked out by hand on a window of 8 pixels."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from cube.contract import CubeError
from cube.simulate import Confuser, Ground, read_truth
from cube.store import open_cube, stored_windows
from pipelines.networks.ground_grid import GroundGrid
from pipelines.networks.imagery import Place, mine_imagery
from pipelines.networks.labels import (
    ExcavationLabels,
    PointLabels,
    PolygonLabels,
    WithNegatives,
    refuse_polygons_elsewhere,
)
from pipelines.networks.truth_labels import TruthLabels
from tests.cube.store.conftest import SmallCube

GRID = GroundGrid(32644, 600_000.0, 2_470_000.0, 10.0, 8)
PLACE = Place("CIL_001", 0, GRID)
SEEN = np.full((8, 8), np.datetime64("2021-07-01"))


def squares(*boxes: tuple[float, float, float, float], **columns: list) -> gpd.GeoDataFrame:
    """Boxes (left, bottom, right, top) in metres from the grid's corner, as EPSG:4326."""
    metres = [
        shapely.box(GRID.left + a, GRID.top - d, GRID.left + c, GRID.top - b)
        for a, b, c, d in boxes
    ]
    return gpd.GeoDataFrame(columns, geometry=metres, crs=GRID.epsg).to_crs(4326)


def test_a_polygon_covers_whole_pixels_and_shares_of_others():
    # 25 m wide, 20 m high from the corner: two pixels whole, a third half, in two rows
    found = PolygonLabels(squares((0, 0, 25, 20))).of(PLACE, SEEN)
    expected = np.zeros((8, 8), np.float32)
    expected[:2, :2], expected[:2, 2] = 1, 0.5
    np.testing.assert_allclose(found.mask, expected, atol=0.01)
    assert (found.confidence == 1).all()


def test_a_point_labels_its_pixel_and_nothing_else_is_known():
    to_degrees = Transformer.from_crs(GRID.epsg, 4326, always_xy=True).transform
    lon, lat = to_degrees([GRID.left + 35, GRID.left + 500], [GRID.top - 12, GRID.top - 12])
    table = pd.DataFrame({"lat": lat, "lon": lon, "label": [True, False]})
    found = PointLabels(table).of(PLACE, SEEN)
    np.testing.assert_array_equal(found.points, [[1, 3, 1]])  # the second lies outside
    assert np.isnan(found.mask).all()


def test_negatives_speak_where_the_source_is_silent_and_never_against_it():
    mine = PolygonLabels(squares((0, 0, 20, 20)))
    both = squares((0, 0, 40, 40), (60, 60, 80, 80), kind=["protected", "river"])
    found = WithNegatives(mine, both).of(PLACE, SEEN)
    np.testing.assert_allclose(found.mask[:2, :2], 1, atol=0.01)
    assert set(found.names) == {"", "protected", "river"}
    assert found.names[found.kinds[3, 3]] == "protected"
    assert found.names[found.kinds[7, 7]] == "river"
    assert found.names[found.kinds[0, 0]] == ""
    points = PointLabels(pd.DataFrame({"lat": [0.0], "lon": [0.0], "label": [True]}))
    known = WithNegatives(points, both).of(PLACE, SEEN)
    assert np.isfinite(known.mask).sum() == 16 + 4
    assert np.nansum(known.mask) == 0


def test_truth_takes_what_was_open_by_the_day_of_the_image(mines):
    opened = open_cube(mines.path, raw=True, chunks=None)
    windows = {window.key: window for window in stored_windows(opened)}
    place = mine_imagery(str(mines.path), (), ()).places[0]
    truth = read_truth(mines.truth / f"{place.mine_id}.nc")
    onset = truth["onset"].values.astype("datetime64[D]")
    pit = (truth["ground"].values == Ground.PIT) & ~np.isnat(onset)
    labels = TruthLabels(mines.truth, windows)
    early, late = (np.full((64, 64), np.datetime64(day)) for day in ("2021-03-01", "2021-12-20"))
    masks = [labels.of(place, day).mask for day in (early, late)]
    before = onset <= np.datetime64("2021-03-01")
    np.testing.assert_array_equal(masks[0][pit], before[pit])
    assert 0 < masks[0][pit].sum() < masks[1][pit].sum()
    built = truth["confuser"].values == Confuser.CONSTRUCTION
    assert (masks[1][built] == 0).all()
    kinds = labels.of(place, late)
    fallow = truth["confuser"].values == Confuser.FALLOW
    assert fallow.any()
    assert {kinds.names[k] for k in kinds.kinds[fallow]} == {"bare_field"}


def test_truth_is_unknown_where_nothing_was_seen_and_refused_where_it_is_missing(mines, tmp_path):
    opened = open_cube(mines.path, raw=True, chunks=None)
    windows = {window.key: window for window in stored_windows(opened)}
    place = mine_imagery(str(mines.path), (), ()).places[0]
    never = np.full((64, 64), np.datetime64("NaT"), "datetime64[D]")
    assert np.isnan(TruthLabels(mines.truth, windows).of(place, never).mask).all()
    with pytest.raises(CubeError, match="folder `truth` of the archive"):
        TruthLabels(tmp_path, windows).of(place, never)


def monitored(tmp_path) -> SmallCube:
    """Three slots of two windows, pixel (mine, mine) dug on 2021-01-04 with confidence 0.75."""
    import tests.cube.store.writer as writer  # fills both groups, as a run does

    writer.main(str(tmp_path / "run" / "cube"), 2, 3)
    return SmallCube(tmp_path / "run" / "cube")


def test_confirmed_excavation_is_a_weak_label_with_its_confidence(tmp_path):
    cube = monitored(tmp_path)
    place = mine_imagery(str(cube.path), (), ()).places[1]
    day = np.full((32, 32), np.datetime64("2021-01-15"))
    found = ExcavationLabels(str(cube.path), None).of(place, day)
    assert (found.mask[1, 1], found.confidence[1, 1]) == (1.0, 0.75)
    assert np.nansum(found.mask) == 1
    assert np.isfinite(found.mask).all()


def test_ground_dug_after_the_image_and_ground_of_a_mine_unconfirmed_are_unknown(tmp_path):
    cube = monitored(tmp_path)
    place = mine_imagery(str(cube.path), (), ()).places[1]
    grid = place.grid
    mine = shapely.box(grid.left, grid.top - 40, grid.left + 40, grid.top)  # 4 x 4 pixels
    mines = gpd.GeoDataFrame({"mine_id": ["M001"]}, geometry=[mine], crs=grid.epsg).to_crs(4326)
    labels = ExcavationLabels(str(cube.path), mines)
    after = labels.of(place, np.full((32, 32), np.datetime64("2021-01-15"))).mask
    assert after[1, 1] == 1
    assert np.isnan(after[:4, :4]).sum() == 15
    assert (after[6:, 6:] == 0).all()
    before = labels.of(place, np.full((32, 32), np.datetime64("2021-01-01"))).mask
    assert np.isnan(before[1, 1])


def test_polygons_elsewhere_are_refused_some_outside_are_counted():
    here, elsewhere = squares((0, 0, 20, 20)), squares((9e5, 0, 9e5 + 20, 20))
    both = gpd.GeoDataFrame(pd.concat([here, elsewhere]), crs=4326)
    assert refuse_polygons_elsewhere(both, [PLACE], "mine polygons") == 1
    with pytest.raises(CubeError, match="Not one of 1 mine polygons touches the imagery"):
        refuse_polygons_elsewhere(elsewhere, [PLACE], "mine polygons")
