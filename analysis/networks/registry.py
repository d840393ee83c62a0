"""The name of a network and the number of bands in, the network out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import nn

from analysis.networks import scene, segformer
from analysis.networks.bands import adapted
from analysis.networks.light_cnn import LightCNN
from analysis.networks.unet import UNet
from cube.contract import CubeError

Task = Literal["scene", "segmentation", "land_cover"]
Preset = Literal["full", "tiny"]
PRESETS: tuple[Preset, ...] = ("full", "tiny")


@dataclass(frozen=True)
class NetworkSpec:
    """What is known of a network before it is built.

    task : what it says: of a chip (scene), of each pixel (segmentation), or each pixel's class of
        land cover.
    made : bands and preset in, the network with fresh weights out.
    hub : whose pretrained weights fit the full preset; "" where there are none.
    last : in those weights, the layer that says the answer and is learnt anew; "" where it is
        taken over too. What sees the bands is the first convolution.
    stem : where the pretrained network stands within ours.
    multiple : sides that ONNX can be given are multiples of this [pixel], by preset.
    """

    name: str
    task: Task
    made: Callable[[int, Preset], nn.Module]
    hub: str = ""
    last: str = ""
    stem: str = ""
    multiple: int = 1


def _unet(bands: int, preset: Preset) -> nn.Module:
    return UNet(bands) if preset == "full" else UNet(bands, base=8)


def _light_cnn(bands: int, preset: Preset) -> nn.Module:
    return LightCNN(bands) if preset == "full" else LightCNN(bands, width=16)


_SCENES = [
    NetworkSpec(
        name,
        "scene",
        partial(scene.scene_network, name),
        hub=f"timm/{called}",
        last=scene.LAST_LAYER[name],
        stem="network.bare",
    )
    for name, called in scene.TIMM.items()
]

NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        *_SCENES,
        NetworkSpec("unet", "segmentation", _unet, multiple=16),
        NetworkSpec("light_cnn", "segmentation", _light_cnn),
        NetworkSpec(
            "segformer",
            "land_cover",
            segformer.segformer,
            hub=segformer.HUB,
            stem="network.bare",
            multiple=segformer.MULTIPLE,
        ),
    )
}
"""Every network there is, by name."""


def spec_of(name: str) -> NetworkSpec:
    """What is known of a network.

    Raises
    ------
    CubeError
        If none is called so.
    """
    if name not in NETWORKS:
        raise CubeError(f"no network is called {name!r}; known are {', '.join(NETWORKS)}.")
    return NETWORKS[name]


def network(
    name: str,
    bands: int,
    preset: Preset = "full",
    weights: Mapping[str, torch.Tensor] | None = None,
) -> nn.Module:
    """The network of that name.

    Parameters
    ----------
    name : of NETWORKS
    bands : how many the images have, 1 or more
    preset : "full", or "tiny" for tests and for machines without an accelerator
    weights : pretrained on red, green and blue, by the names of the pretrained network
        (`pipelines.networks.weights` reads them); fitted to the bands as `bands` says.

    Returns
    -------
    torch.nn.Module
        (n, band, y, x) float32 in; (n,) logits out of a scene network, (n, y, x) of a
        segmentation, (n, class, y, x) of land cover.

    Raises
    ------
    CubeError
        If there is no such network or preset, or the weights are another network's.
    """
    spec = spec_of(name)
    if preset not in PRESETS:
        raise CubeError(f"preset is {preset!r}; give one of {', '.join(PRESETS)}.")
    if bands < 1:
        raise CubeError(f"bands is {bands}; give 1 or more.")
    made = spec.made(bands, preset)
    if weights is not None:
        _take_over(made, spec, weights, bands)
    return made


def _take_over(
    made: nn.Module, spec: NetworkSpec, weights: Mapping[str, torch.Tensor], bands: int
) -> None:
    """Put pretrained weights in their places, all but the last layer's."""
    if not spec.hub:
        raise CubeError(f"{spec.name} has no pretrained weights: it learns from your own labels.")
    bare = made.get_submodule(spec.stem)
    own = bare.state_dict()
    first = next(name for name, value in own.items() if value.ndim == 4)
    if first not in weights:
        raise CubeError(f"these weights hold no {first!r}: they are not those of {spec.name}.")
    taken = {**weights, first: adapted(weights[first].float(), bands)}
    if spec.last:
        taken = {n: v for n, v in taken.items() if not n.startswith(spec.last + ".")}
    expected = {n for n in own if not (spec.last and n.startswith(spec.last + "."))}
    counters = {n for n in own if n.endswith("num_batches_tracked")}
    missing = sorted(expected - counters - taken.keys())
    unfit = sorted(n for n in taken.keys() & own.keys() if taken[n].shape != own[n].shape)
    if missing or unfit:
        wrong = missing[0] if missing else unfit[0]
        raise CubeError(
            f"these weights are not those of {spec.name} in its full size: {wrong!r} is "
            f"{'missing' if missing else 'of another shape'}. Give those of {spec.hub}."
        )
    bare.load_state_dict({n: v for n, v in taken.items() if n in own}, strict=False)
