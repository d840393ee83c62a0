"""A land cover network that is a rule: what it sees in its one band is the number of the class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.networks.land_cover import LandCover
from analysis.networks.screening import suspicious_cover
from pipelines.networks.cells import land_cover


@dataclass
class Rule:
    """Sees class 0.4 as BARREN (4), 0.5 as FOREST (5), and so on; unsure at the rim of a chip."""

    name: str = "rule"
    task: str = "land_cover"
    bands: tuple[str, ...] = ("red",)
    chip_size: int = 16
    threshold: float = 0.5

    def probability(self, pixels: np.ndarray) -> np.ndarray:
        classes = np.rint(10 * np.nan_to_num(pixels[:, 0])).astype(int)
        likely = np.eye(len(LandCover), dtype=np.float32)[classes].transpose(0, 3, 1, 2)
        likely[:, :, [0, -1]] = likely[:, :, :, [0, -1]] = 1 / len(LandCover)
        return likely


def ground() -> np.ndarray:
    """(1, 40, 40): forest with a barren square of ten pixels, and a corner never seen."""
    pixels = np.full((1, 40, 40), 0.5, np.float32)
    pixels[0, 12:22, 12:22] = 0.4
    pixels[0, 30:, 30:] = np.nan
    return pixels


def test_chips_are_put_together_without_their_rims():
    classes = land_cover(Rule(), ground())
    expected = np.full((40, 40), LandCover.FOREST)
    expected[12:22, 12:22] = LandCover.BARREN
    expected[30:, 30:] = -1
    inner = slice(1, 39)  # the rim of the whole lies on the rim of every chip that holds it
    np.testing.assert_array_equal(classes[inner, inner], expected[inner, inner])


def test_barren_ground_is_what_the_screen_finds_in_it():
    found = suspicious_cover(land_cover(Rule(), ground()))[1:39, 1:39]
    assert found[12:20, 12:20].all()
    assert 80 <= found.sum() <= 100  # the square, its corners rounded by the disc


def test_an_image_smaller_than_a_chip_is_one_chip():
    assert land_cover(Rule(), ground()[:, :10, :10]).shape == (10, 10)
