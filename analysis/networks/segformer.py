"""Bands of an image in, a logit per pixel and class of land cover out: SegFormer."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from analysis.networks.bands import Standardised
from analysis.networks.land_cover import LandCover
from analysis.networks.operators import library
from analysis.networks.unet import padded

HUB = "wu-pr-gw/segformer-b2-finetuned-with-LoveDA"
"""Weights of the full preset, on the Hugging Face hub."""

MULTIPLE = 32
"""The deepest features are at 1/32 of the size: sides are padded to a multiple [pixel]."""

_SHAPES: dict[str, dict[str, Any]] = {
    "full": {
        "depths": [3, 4, 6, 3],
        "hidden_sizes": [64, 128, 320, 512],
        "decoder_hidden_size": 768,
    },
    "tiny": {
        "depths": [1, 1, 1, 1],
        "hidden_sizes": [8, 16, 24, 32],
        "num_attention_heads": [1, 1, 2, 2],
        "mlp_ratios": [2, 2, 2, 2],
        "decoder_hidden_size": 32,
    },
}
"""The B2 of the paper, and the same parts in smaller numbers."""


def segformer(bands: int, preset: str) -> nn.Module:
    """A SegFormer with fresh weights: (n, class, y, x) logits of (n, band, y, x).

    Source
    ------
    Xie et al. 2021, arXiv:2105.15203.
    """
    parts = library("transformers")
    config = parts.SegformerConfig(
        num_channels=bands,
        num_labels=len(LandCover),
        id2label={int(one): one.name.lower() for one in LandCover},
        label2id={one.name.lower(): int(one) for one in LandCover},
        **_SHAPES[preset],
    )
    return Standardised(_FullSize(parts.SegformerForSemanticSegmentation(config)), bands)


class _FullSize(nn.Module):
    """Brings logits, which come at a quarter of the size, back to the size of the image."""

    def __init__(self, bare: nn.Module) -> None:
        super().__init__()
        self.bare = bare

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        rows, columns = pixels.shape[-2:]
        whole = padded(pixels, MULTIPLE)
        logits = self.bare(pixel_values=whole, return_dict=True).logits
        found: torch.Tensor = nn.functional.interpolate(
            logits, size=whole.shape[-2:], mode="bilinear", align_corners=False
        )
        return found[..., :rows, :columns]
