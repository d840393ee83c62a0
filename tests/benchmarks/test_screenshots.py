"""Pictures fit a README, and keep the colours that mean something."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from benchmarks import screenshots
from cube.contract import CubeError


def picture(noise: int) -> bytes:
    """A page with a block of `noise` rows of speckle below a mark in one colour."""
    pixels = np.full((200, 200, 3), 250, np.uint8)
    pixels[10:20, 10:20] = (213, 94, 0)
    rng = np.random.default_rng(0)
    pixels[200 - noise :] = rng.integers(0, 256, (noise, 200, 3))
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()


def test_a_small_picture_keeps_all_its_colours():
    found = Image.open(BytesIO(screenshots.small(picture(0)))).convert("RGB")
    assert found.getpixel((15, 15)) == (213, 94, 0)


def test_a_large_one_gets_fewer_colours_until_it_fits(monkeypatch):
    monkeypatch.setattr(screenshots, "LARGEST", 20_000)
    original = picture(100)
    assert len(original) > 60_000
    found = screenshots.small(original)
    assert len(found) <= 20_000
    assert Image.open(BytesIO(found)).size == (200, 200)


def test_one_that_cannot_fit_is_refused(monkeypatch):
    monkeypatch.setattr(screenshots, "LARGEST", 100)
    with pytest.raises(CubeError, match=r"a picture has [\d,]+ bytes with 32 colours"):
        screenshots.small(picture(100))


def test_an_unpublished_run_is_refused_with_the_remedy(tmp_path, capsys):
    assert screenshots.main([f"--output={tmp_path}", f"--to={tmp_path}"]) == 2
    assert "python -m pipelines.publish --output" in capsys.readouterr().err
