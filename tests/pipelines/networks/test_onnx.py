"""A network says the same through ONNX, which needs no torch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from analysis.networks.registry import NETWORKS
from cube.contract import CubeError
from pipelines.networks.onnx import OnnxNetwork
from tests.pipelines.networks.test_checkpoint import BANDS, chips, made

SAME = 1e-4


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "network.onnx"
    made().export_onnx(path)
    return path


def test_a_segmentation_says_the_same_of_any_number_and_size_of_chips(exported):
    onnx, torch = OnnxNetwork.load(exported, threads=1), made()
    assert (onnx.bands, onnx.threshold, onnx.data_hash) == (BANDS, 0.4, "abc")
    for asked in (chips(1), chips(5), chips(2, size=37)[:, :, :21]):
        said = onnx.probability(asked)
        assert said.dtype == np.float32
        np.testing.assert_allclose(said, torch.probability(asked), atol=SAME)


def test_onnx_alone_is_enough(exported):
    code = (
        "import sys; from pipelines.networks.onnx import OnnxNetwork; import numpy as np\n"
        f"print(OnnxNetwork.load({str(exported)!r}).probability("
        "np.zeros((1, 4, 16, 16), np.float32)).shape, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1, 16, 16) False"


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_says_the_same(name, tmp_path):
    network = made(name)
    for value in network.weights.values():  # so that answers differ from chip to chip
        if value.is_floating_point() and value.ndim == 1:
            value.add_(0.3)
    network.export_onnx(tmp_path / "network.onnx")
    onnx = OnnxNetwork.load(tmp_path / "network.onnx", threads=1)
    sizes = (16,) if network.task == "scene" else (16, 40, 96)
    for size in sizes:
        asked = chips(3, size=size)
        np.testing.assert_allclose(onnx.probability(asked), network.probability(asked), atol=SAME)


def test_a_damaged_file_and_one_that_is_not_ours_are_refused(exported, tmp_path):
    with pytest.raises(CubeError, match=r"there is no ONNX file .*none\.onnx"):
        OnnxNetwork.load(tmp_path / "none.onnx")
    part = tmp_path / "part.onnx"
    part.write_bytes(exported.read_bytes()[:700])
    with pytest.raises(CubeError, match=r"part\.onnx is truncated or no ONNX file"):
        OnnxNetwork.load(part)


def test_another_number_of_bands_is_refused(exported):
    with pytest.raises(CubeError, match="4 bands blue, green, red, nir expected"):
        OnnxNetwork.load(exported).probability(chips(bands=3))
