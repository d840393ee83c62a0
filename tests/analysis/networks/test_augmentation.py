"""What augmentation may change of a chip, and what it may not."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.networks.augmentation import STRENGTHS, augmented
from cube.contract import CubeError

ROWS = np.arange(16, dtype=np.float32).reshape(4, 4)


def chip(bands: int = 3, side: int = 32) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    pixels = rng.uniform(0.05, 0.35, (bands, side, side)).astype(np.float32)
    return pixels, (pixels[0] > 0.2).astype(np.float32)


def turns(square: np.ndarray) -> list[bytes]:
    """The eight ways a square can lie."""
    quarters = [np.rot90(square, quarter) for quarter in range(4)]
    return [np.ascontiguousarray(one).tobytes() for q in quarters for one in (q, np.fliplr(q))]


def test_strengths_are_those_of_the_seed():
    told = {n: (s.spread, s.noise, s.haze_share, s.haze) for n, s in STRENGTHS.items()}
    assert told["light"] == (0.05, 0.01, 0.1, 0.05)
    assert told["medium"] == (0.15, 0.02, 0.3, 0.10)
    assert told["strong"] == (0.30, 0.03, 0.5, 0.15)


def test_none_changes_nothing():
    pixels, mask = chip()
    out, truth = augmented(pixels, mask, "none", np.random.default_rng(0))
    np.testing.assert_array_equal(out, pixels)
    np.testing.assert_array_equal(truth, mask)


def test_a_mask_is_turned_and_flipped_and_nothing_else():
    pixels = np.zeros((1, 4, 4), np.float32)
    rng = np.random.default_rng(1)
    seen = {augmented(pixels, ROWS, "strong", rng)[1].tobytes() for _ in range(200)}
    assert seen == set(turns(ROWS))


def test_pixels_go_where_their_mask_goes():
    pixels, mask = chip()
    mask = pixels[0].copy()  # the mask tells where each pixel went
    for seed in range(20):
        out, truth = augmented(pixels, mask, "light", np.random.default_rng(seed))
        assert np.corrcoef(out[0].ravel(), truth.ravel())[0, 1] > 0.99


def test_the_same_seed_gives_the_same_chip():
    pixels, mask = chip()
    one, other = (augmented(pixels, mask, "medium", np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one[0], other[0])
    assert not np.array_equal(
        one[0], augmented(pixels, mask, "medium", np.random.default_rng(4))[0]
    )


@pytest.mark.parametrize(("strength", "most"), [("light", 0.05), ("medium", 0.15), ("strong", 0.3)])
def test_brightness_and_contrast_keep_within_their_strength(strength, most):
    pixels, mask = chip(1, 64)
    mean, spread = float(pixels.mean()), float(pixels.std())
    means, spreads = [], []
    for seed in range(60):
        out, _ = augmented(pixels, mask, strength, np.random.default_rng(seed), ["thermal"])
        means.append(out.mean() / mean)  # thermal: no haze, so brightness alone moves the mean
        spreads.append(out.std() / spread)
    assert 1 - most - 0.01 < min(means) < 1 - most / 2
    assert 1 + most / 2 < max(means) < 1 + most + 0.01
    assert max(spreads) < (1 + most) ** 2 * 1.02
    assert max(spreads) > 1 + most / 2


def test_haze_whitens_dark_blue_ground_and_spares_swir():
    pixels = np.stack([np.linspace(0, 1, 101 * 101).reshape(101, 101)] * 2).astype(np.float32)
    mask = np.zeros((101, 101), np.float32)
    gained = []
    for seed in range(80):
        out, _ = augmented(pixels, mask, "strong", np.random.default_rng(seed), ["blue", "swir22"])
        dark = np.argsort(out[1].ravel())[:1000]  # the darkest by swir
        gained.append(float((out[0].ravel()[dark] - out[1].ravel()[dark]).mean()))
    hazy = np.array(gained) > 0.01
    assert 0.25 < hazy.mean() < 0.7  # half of the chips, some of them hardly
    assert max(gained) < 0.15 * 0.96 * 1.1
    assert min(gained) > -0.01


def test_noise_is_a_share_of_a_bands_own_range():
    mask = np.zeros((101, 101), np.float32)
    wide = np.linspace(0, 1, 101 * 101, dtype=np.float32).reshape(1, 101, 101)
    out, _ = augmented(wide, mask, "medium", np.random.default_rng(5), ["thermal"])
    sorted_by_truth = np.diff(np.sort(out.ravel()))
    assert sorted_by_truth.size  # the ramp is known: what is left beside a line is noise
    lined = min(
        (np.ascontiguousarray(turn) for turn in _lies(wide[0])),
        key=lambda turn: np.abs(out[0] - turn).sum(),
    )
    slope, begin = np.polyfit(lined.ravel(), out[0].ravel(), 1)
    noise = (out[0] - (slope * lined + begin)).std()
    assert noise == pytest.approx(0.02 * 0.96, rel=0.05)  # 2 % of what lies between 2 % and 98 %


def test_what_was_not_measured_stays_unmeasured():
    pixels, mask = chip()
    pixels[:, mask == 1] = np.nan
    mask[mask == 1] = np.nan
    out, truth = augmented(pixels, mask, "strong", np.random.default_rng(2))
    np.testing.assert_array_equal(np.isnan(out[0]), np.isnan(truth))
    assert np.isnan(augmented(pixels * np.nan, mask, "strong", np.random.default_rng(2))[0]).all()


def test_a_chip_that_is_no_square_keeps_its_shape():
    pixels, mask = np.zeros((2, 4, 6), np.float32), np.zeros((4, 6), np.float32)
    for seed in range(10):
        out, truth = augmented(pixels, mask, "strong", np.random.default_rng(seed))
        assert (out.shape, truth.shape) == ((2, 4, 6), (4, 6))


def test_an_unknown_strength_and_another_shape_are_refused():
    pixels, mask = chip()
    with pytest.raises(CubeError, match="none, light, medium, strong"):
        augmented(pixels, mask, "wild", np.random.default_rng(0))
    with pytest.raises(CubeError, match="mask of shape"):
        augmented(pixels, mask[:4], "light", np.random.default_rng(0))


def _lies(square: np.ndarray) -> list[np.ndarray]:
    quarters = [np.rot90(square, quarter) for quarter in range(4)]
    return [one for q in quarters for one in (q, np.fliplr(q))]
