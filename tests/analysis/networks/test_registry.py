"""Every network takes any number of bands and says what it promises."""

from __future__ import annotations

import pytest
import torch

from analysis.networks.land_cover import LandCover
from analysis.networks.registry import NETWORKS, network, spec_of
from analysis.networks.unet import UNet
from cube.contract import CubeError

SHAPES = {
    "scene": lambda n, y, x: (n,),
    "segmentation": lambda n, y, x: (n, y, x),
    "land_cover": lambda n, y, x: (n, len(LandCover), y, x),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("bands", [1, 7, 12])
def test_every_network_takes_any_number_of_bands_and_any_size(name, bands):
    made = network(name, bands, "tiny").eval()
    with torch.inference_mode():
        said = made(torch.zeros(2, bands, 50, 70))
    assert tuple(said.shape) == SHAPES[spec_of(name).task](2, 50, 70)
    assert torch.isfinite(said).all()


def test_the_full_unet_is_the_one_that_was_asked_for():
    made = UNet(7)
    widths = [level[0].out_channels for level in (made.first, *made.down)]
    assert widths == [64, 128, 256, 512, 1024]
    assert made.first[3].p == 0.1


def test_a_unet_says_the_same_of_a_chip_whatever_is_padded_to_it():
    torch.manual_seed(0)
    made = UNet(2, base=4, depth=2).eval()
    pixels = torch.rand(1, 2, 13, 18)
    whole = torch.nn.functional.pad(pixels, (0, 2, 0, 3), mode="replicate")
    with torch.inference_mode():
        torch.testing.assert_close(made(pixels), made(whole)[:, :13, :18])


def test_pretrained_weights_are_taken_over_but_for_the_last_layer():
    donor = network("resnet18", 3, "full").network.bare.state_dict()
    pretrained = {**donor, "fc.weight": torch.ones(1000, 512), "fc.bias": torch.ones(1000)}
    made = network("resnet18", 7, "full", pretrained).network.bare
    torch.testing.assert_close(made.layer1[0].conv1.weight, donor["layer1.0.conv1.weight"])
    grey = donor["conv1.weight"].mean(dim=1) * 3 / 7
    torch.testing.assert_close(made.conv1.weight[:, 6], grey)
    assert made.fc.weight.shape == (1, 512)


def test_weights_of_another_network_are_refused():
    donor = network("resnet18", 3, "full").network.bare.state_dict()
    with pytest.raises(CubeError, match=r"not those of resnet34 in its full size: '.*' is missing"):
        network("resnet34", 7, "full", donor)
    with pytest.raises(CubeError, match=r"hold no 'stem\.conv1\.weight'"):
        network("maxvit", 7, "tiny", donor)
    with pytest.raises(CubeError, match="unet has no pretrained weights"):
        network("unet", 7, "tiny", donor)


def test_what_is_not_known_is_refused():
    with pytest.raises(CubeError, match="no network is called 'vgg'; known are maxvit, resnet18"):
        network("vgg", 3)
    with pytest.raises(CubeError, match="preset is 'small'; give one of full, tiny"):
        network("unet", 3, "small")
    with pytest.raises(CubeError, match="bands is 0"):
        network("unet", 0)
