from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.networks.blending import blended, lattice, starts, taper
from cube.contract import CubeError


def cut(image, origins, size):
    return np.stack([image[r : r + size, c : c + size] for r, c in origins])


def test_patches_begin_every_stride_and_the_last_ends_with_the_axis():
    # 0, 4 and 8 end at 8, 12 and 16; the last of 8 pixels must begin at 18 - 8 = 10
    assert starts(18, 8, 4).tolist() == [0, 4, 8, 10]
    assert starts(16, 8, 4).tolist() == [0, 4, 8]
    assert starts(8, 8, 4).tolist() == [0]


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_lattice_covers_every_pixel(length, size):
    size = min(length, size)
    covered = np.zeros(length, int)
    for first in starts(length, size, max(1, size // 2)):
        covered[first : first + size] += 1
    assert (covered > 0).all()


def test_a_gradient_comes_back_as_it_was_cut():
    gradient = np.add.outer(np.linspace(0, 0.5, 70), np.linspace(0, 0.5, 90)).astype(np.float32)
    origins = lattice(70, 90, 16)
    back = blended(cut(gradient, origins, 16), origins, (70, 90))
    np.testing.assert_allclose(back, gradient, atol=1e-6)


def test_patches_that_disagree_leave_no_step_at_any_edge():
    # neighbours say 0 and 1 in turn: laid side by side they would differ by 1 at every edge
    origins = lattice(64, 64, 16)
    says = (origins.sum(axis=1) // 8 % 2).astype(np.float32)
    flat = blended(np.broadcast_to(says[:, None, None], (len(origins), 16, 16)), origins, (64, 64))
    assert flat.max() - flat.min() > 0.5  # they do disagree
    # sin^2 over 16 pixels changes by at most pi / 16 = 0.20 a pixel
    assert np.abs(np.diff(flat, axis=0)).max() < 0.2
    assert np.abs(np.diff(flat, axis=1)).max() < 0.2


def test_the_weighted_mean_of_two_patches_by_hand():
    # one row of patches of 2: weights are sin^2(45 deg) = 1/2 along each axis, all the same, so
    # the pixel that both cover is the plain mean of 0.2 and 0.6
    patches = np.array([np.full((2, 2), 0.2), np.full((2, 2), 0.6)])
    found = blended(patches, np.array([[0, 0], [0, 1]]), (2, 3))
    np.testing.assert_allclose(found[0], [0.2, 0.4, 0.6], rtol=1e-6)


def test_what_no_patch_covers_or_knows_is_unknown():
    patch = np.full((1, 4, 4), 0.5)
    patch[0, 0, 0] = np.nan
    found = blended(patch, np.array([[0, 0]]), (4, 6))
    assert np.isnan(found[0, 0])
    assert np.isnan(found[:, 4:]).all()
    assert found[3, 3] == 0.5  # the rim alone keeps its value


def test_patches_over_the_edge_are_cut_there():
    found = blended(np.full((1, 4, 4), 0.5), np.array([[-2, 3]]), (4, 5))
    assert np.flatnonzero(~np.isnan(found).ravel()).tolist() == [3, 4, 8, 9]


def test_the_taper_is_highest_in_the_middle_and_never_nothing():
    weights = taper(8)
    assert weights.max() == weights[3, 3] == weights[4, 4]
    assert 0 < weights.min() == weights[0, 0]
    # the rim of a patch of 64: sin^2(pi / 128) = 0.0006 along each axis, raised to 0.01
    assert taper(64)[0, 0] == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("length", "size", "stride", "message"),
    [(8, 9, 4, "they must fit in"), (8, 4, 5, "leaves gaps"), (8, 4, 0, "leaves gaps")],
)
def test_lattices_with_holes_are_refused(length, size, stride, message):
    with pytest.raises(CubeError, match=message):
        starts(length, size, stride)
