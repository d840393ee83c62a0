"""The name of a scene classifier in, a network out: bands of an image in, one logit out."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from analysis.networks.bands import Standardised
from analysis.networks.operators import library

TIMM = {
    "maxvit": "maxvit_rmlp_tiny_rw_256",
    "resnet18": "resnet18",
    "resnet34": "resnet34",
    "efficientnet_b0": "efficientnet_b0",
}
"""What timm calls the full preset of each; the hub's weights of the same name fit it."""

DROPOUT = 0.5
"""Share of features left out before the last layer while training [1]."""

LAST_LAYER = {
    "maxvit": "head.fc",
    "resnet18": "fc",
    "resnet34": "fc",
    "efficientnet_b0": "classifier",
}
"""Name of the layer that says what the scene is: never taken from pretrained weights."""

SIDES = {"full": 256, "tiny": 32}
"""MaxViT divides the image into 8 x 8 windows (tiny: 4 x 4) at 1/32 (1/8) of its size, so that its
sides must be multiples of this [pixel]; others are resampled up to the next."""


def scene_network(name: str, bands: int, preset: str) -> nn.Module:
    """A classifier with fresh weights: (n,) logits of (n, band, y, x).

    Source
    ------
    Tu et al. 2022, arXiv:2204.01697 (MaxViT); He et al. 2016, doi:10.1109/CVPR.2016.90 (ResNet);
    Tan & Le 2019, arXiv:1905.11946 (EfficientNet). The tiny presets have the same parts in
    smaller numbers, for tests and for machines without an accelerator.
    """
    timm = library("timm")
    if preset == "full":
        told = {"in_chans": bands, "num_classes": 1, "drop_rate": DROPOUT}
        bare = timm.create_model(TIMM[name], pretrained=False, **told)
    else:
        bare = _TINY[name](bands)
    multiple = SIDES[preset] if name == "maxvit" else 1
    return Standardised(_OneLogit(bare, multiple), bands)


class _OneLogit(nn.Module):
    """Resamples to a size that the network takes, and drops the axis of its single class."""

    def __init__(self, bare: nn.Module, multiple: int) -> None:
        super().__init__()
        self.bare = bare
        self.multiple = multiple

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        size = tuple(side + -side % self.multiple for side in pixels.shape[-2:])
        if size != tuple(pixels.shape[-2:]):
            pixels = nn.functional.interpolate(
                pixels, size=size, mode="bilinear", align_corners=False
            )
        logits: torch.Tensor = self.bare(pixels)[:, 0]
        return logits


def _tiny_maxvit(bands: int) -> Any:
    parts = library("timm.models.maxxvit")
    attention = parts.MaxxVitTransformerCfg(window_size=(4, 4), dim_head=8)
    shape = parts.MaxxVitCfg(
        embed_dim=(16, 32),
        depths=(1, 1),
        block_type=("M", "M"),
        stem_width=16,
        transformer_cfg=attention,
    )
    return parts.MaxxVit(shape, img_size=SIDES["tiny"], in_chans=bands, num_classes=1)


def _tiny_resnet(layers: tuple[int, ...]) -> Any:
    def made(bands: int) -> Any:
        parts = library("timm.models.resnet")
        widths = (16, 32, 64, 128)
        return parts.ResNet(
            parts.BasicBlock, layers, in_chans=bands, num_classes=1, channels=widths, stem_width=16
        )

    return made


def _tiny_efficientnet(bands: int) -> Any:
    """TinyNet-E: EfficientNet-B0 with half its channels and six tenths of its depth."""
    return library("timm").create_model("tinynet_e", in_chans=bands, num_classes=1)


_TINY = {
    "maxvit": _tiny_maxvit,
    "resnet18": _tiny_resnet((1, 1, 1, 1)),
    "resnet34": _tiny_resnet((1, 2, 2, 1)),
    "efficientnet_b0": _tiny_efficientnet,
}
