"""Nothing has become slower beside what it is measured against: ratios only, bounds generous.

Each pair takes turns; the fastest of several rounds of each counts, in processor time where it
computes and in wall time where it waits. `make bench` has the figures; this finds what broke.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numcodecs import Blosc
from sklearn.ensemble import IsolationForest

from analysis.detection import detect_block
from analysis.forest import ForestRule, grown_forest
from analysis.looks import looks
from benchmarks.far_server import far_server
from benchmarks.loaders import BANDS, bare, elsewhere, odc_stac, ours, scenes
from benchmarks.measuring import side_by_side
from cube.contract import CORE_BANDS, Quality, Scene
from cube.store import commit_slots, create_or_extend_cube, open_cube, open_repository, write_slots
from tests.analysis.test_looks import looks_in_numpy
from tests.cube.store.conftest import SmallCube

SLOTS, SIZE = 72, 96


def require_faster(
    by: float,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int = 5,
    waits: bool = False,
) -> None:
    """`ours` takes at most `theirs` / `by`, the fastest rounds of both compared."""
    found = side_by_side({"ours": ours, "theirs": theirs}, rounds)
    one, other = (
        min(found[name].wall_s if waits else found[name].processor_s) for name in ("ours", "theirs")
    )
    assert other >= by * one, (
        f"{other / one:.2f} times as fast as what it is held against, at least {by} is asked: "
        f"{1e3 * one:.2f} ms against {1e3 * other:.2f} ms. What has become slower?"
    )


@pytest.fixture(scope="module")
def block() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two years of ten-day slots of noisy ground, a third of it under cloud; some is dug."""
    rng = np.random.default_rng(0)
    level = np.array([500, 800, 700, 3000, 1800, 900])[:, None, None]
    pixels = level + rng.normal(0, 60, (SLOTS, len(CORE_BANDS), SIZE, SIZE))
    pixels[40:, :, 20:40, 20:40] += np.array([700, 900, 1500, -600, 1500, 1600])[:, None, None]
    quality = np.where(rng.random((SLOTS, SIZE, SIZE)) < 0.33, Quality.CLOUD, Quality.CLEAR)
    acquired = np.datetime64("2021-01-03T05:17:29") + np.arange(SLOTS) * np.timedelta64(10, "D")
    return pixels.astype(np.uint16), quality.astype(np.uint8), acquired


def indices_and_persistence(reflectance: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """What detection is held against: the shortest NumPy for it, with no thought for accuracy."""
    blue, green, red, nir, swir, longer = np.moveaxis(reflectance.astype(np.float32), 1, 0)
    clear = quality == Quality.CLEAR

    def index(plus: np.ndarray, minus: np.ndarray) -> np.ndarray:
        return np.where(clear, (plus - minus) / np.maximum(plus + minus, 1), np.nan)

    greenness, bareness = index(nir, red), index(swir + red, nir + blue)
    wetness, litter = index(green, swir), index(swir, longer)
    first = slice(0, 36)
    usual = np.nanmin(greenness[first], axis=0), np.nanmax(bareness[first], axis=0)
    bare = (greenness < usual[0]) & (bareness > usual[1]) & (wetness < 0) & (litter < 1)
    kept = bare[2:] & bare[1:-1] & bare[:-2]
    return np.maximum.accumulate(kept, axis=0)


def test_looks_take_at_most_a_sixth_of_what_numpy_takes(block):
    pixels, quality, _ = block
    require_faster(6, lambda: looks(pixels, quality), lambda: looks_in_numpy(pixels, quality))


def test_detection_takes_at_most_twice_what_plain_indices_and_persistence_take_in_numpy(block):
    require_faster(1 / 2, lambda: detect_block(*block), lambda: indices_and_persistence(*block[:2]))


def test_the_forest_scores_at_least_thrice_as_fast_as_scikit_learn():
    rng = np.random.default_rng(0)
    training = rng.normal(size=(5, 4000)).astype(np.float32)
    asked = rng.normal(size=(5, 20_000)).astype(np.float32)
    rule = ForestRule()
    grown = grown_forest(training, rule)
    theirs = IsolationForest(n_estimators=rule.trees, max_samples=rule.tree_looks, random_state=0)
    theirs.fit(training.T)
    rows = np.ascontiguousarray(asked.T)
    require_faster(3, lambda: grown.scores(asked), lambda: theirs.score_samples(rows), rounds=3)


def test_reading_a_window_takes_at_most_eight_times_as_long_as_decoding_it(tmp_path):
    size, slots = 512, range(6)
    ground = 2000 + 800 * np.sin(np.linspace(0, 6, size))
    made = SmallCube.slots(0, slots, len(CORE_BANDS), size)
    noise = np.random.default_rng(0).normal(0, 20, made.reflectance.shape)
    pixels = replace(made, reflectance=(ground + noise).astype(np.uint16))
    path = tmp_path / "cube"
    repository = open_repository(path, create=True)
    create_or_extend_cube(
        repository, SmallCube.windows(1, size), SmallCube.times(len(slots)), 10, CORE_BANDS
    )
    session = repository.writable_session("main")
    ends = SmallCube.times(len(slots))
    commit_slots(session, [write_slots(session.fork(), 0, 0, pixels, ends)])
    stored = open_cube(path, raw=True, chunks=None).reflectance
    codec = Blosc("lz4", 9, Blosc.BITSHUFFLE)
    encoded = [codec.encode(slot) for slot in pixels.reflectance]
    assert (stored[0].values == pixels.reflectance).all()

    def decoded() -> None:
        for slot in encoded:
            codec.decode(slot)

    require_faster(1 / 8, lambda: stored[0].values, decoded, rounds=9)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("scenes")


@pytest.fixture(scope="module")
def taken(files) -> list[Scene]:
    """One scene of seven COGs, little wider than the window and what lies left of it."""
    return scenes(files, 1, side_m=11_520)


def test_the_loader_takes_at_most_two_and_a_half_times_as_long_as_bare_rasterio(taken):
    require_faster(0.4, lambda: ours(taken), lambda: bare(taken), rounds=3)


def test_scenes_far_away_are_read_at_least_twice_as_fast_as_by_odc_stac(files, taken):
    places = iter(range(100))
    with far_server(files, 0.05) as server:

        def afresh() -> list:
            return elsewhere(taken, f"{server.url}/{next(places)}")

        got, expected = ours(afresh()), odc_stac(afresh())
        assert got.shape == (1, len(BANDS), 512, 512)
        assert (got == expected).all()
        require_faster(2, lambda: ours(afresh()), lambda: odc_stac(afresh()), 2, waits=True)


def test_a_function_slowed_on_purpose_is_found():
    work = np.random.default_rng(0).random(200_000)

    def slowed() -> None:
        until = time.process_time() + 0.02
        while time.process_time() < until:
            np.sort(work)

    require_faster(0.5, lambda: np.sort(work), lambda: np.sort(work))
    with pytest.raises(AssertionError, match=r"times as fast .* at least 0\.5 is asked"):
        require_faster(0.5, slowed, lambda: np.sum(work))
