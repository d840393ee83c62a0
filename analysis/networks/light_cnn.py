"""Bands of an image in, one logit per pixel out: a small convolutional network."""

from __future__ import annotations

import torch
from torch import nn

from cube.contract import CubeError

REACH = (1, 2, 4, 8, 1)
"""Distance of the taps of each 3 x 3 convolution [pixel]: together they see 33 pixels across."""


class LightCNN(nn.Module):
    """Separable convolutions of growing reach at full size: no pooling, no edges lost.

    Twenty thousand weights at a width of 32: for a machine without an accelerator, and for ground
    whose spectrum says nearly all.
    """

    def __init__(self, bands: int, width: int = 32, dropout: float = 0.1) -> None:
        super().__init__()
        if bands < 1 or width < 1 or not 0 <= dropout < 1:
            raise CubeError(
                f"a light CNN of {bands} bands, width {width} and dropout {dropout}; give 1 or "
                "more of the first two and a dropout within 0 and 1."
            )
        self.first = nn.Sequential(
            nn.Conv2d(bands, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.steps = nn.ModuleList(_Step(width, reach) for reach in REACH)
        self.dropout = nn.Dropout2d(dropout)
        self.logit = nn.Conv2d(width, 1, 1)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, y, x) logits of (n, band, y, x)."""
        found = self.first(pixels)
        for step in self.steps:
            found = found + step(found)
        logits: torch.Tensor = self.logit(self.dropout(found))[:, 0]
        return logits


class _Step(nn.Sequential):
    """Each channel over its neighbourhood, then all channels with each other."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__(
            nn.Conv2d(width, width, 3, padding=reach, dilation=reach, groups=width, bias=False),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
