"""Bands of an image in, one logit per pixel out: a U-Net."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from cube.contract import CubeError


class UNet(nn.Module):
    """An encoder that halves the image `depth` times and a decoder that brings it back.

    Each level is two 3 x 3 convolutions with batch normalisation and ReLU; its channels double on
    the way down, from `base` to `base * 2**depth` in the bottleneck. Each decoder level begins with
    a 1 x 1 convolution over what comes from below, upsampled, beside the encoder's level of the
    same size. An image whose sides are no
    multiple of `2**depth` is padded with its edge pixels and cut again.

    Source
    ------
    Ronneberger, Fischer & Brox 2015, doi:10.1007/978-3-319-24574-4_28. Ours differs: same-size
    convolutions, batch normalisation, dropout before each level's second convolution, and that
    1 x 1 convolution, done in its two halves so that one of them runs before the upsampling: no
    chequered pattern of a transposed convolution, and a fifth less arithmetic in all.
    """

    def __init__(self, bands: int, base: int = 64, depth: int = 4, dropout: float = 0.1) -> None:
        super().__init__()
        if bands < 1 or base < 1 or depth < 1 or not 0 <= dropout < 1:
            raise CubeError(
                f"a U-Net of {bands} bands, base {base}, depth {depth} and dropout {dropout}; give "
                "1 or more of the first three and a dropout within 0 and 1."
            )
        widths = [base * 2**level for level in range(depth + 1)]
        self.first = _Level(bands, widths[0], dropout)
        self.down = nn.ModuleList(
            _Level(upper, lower, dropout) for upper, lower in pairwise(widths)
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(lower, upper, 1, bias=False) for upper, lower in pairwise(widths)
        )
        self.across = nn.ModuleList(nn.Conv2d(width, width, 1) for width in widths[:-1])
        self.up = nn.ModuleList(_Level(width, width, dropout) for width in widths[:-1])
        self.logit = nn.Conv2d(widths[0], 1, 1)
        self.multiple = 2**depth

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, y, x) logits of (n, band, y, x)."""
        rows, columns = pixels.shape[-2:]
        found = self.first(padded(pixels, self.multiple))
        kept = [found]
        for level in self.down:
            found = level(nn.functional.max_pool2d(found, 2))
            kept.append(found)
        for step in range(len(self.up) - 1, -1, -1):
            below = nn.functional.interpolate(self.narrow[step](found), scale_factor=2.0)
            found = self.up[step](below + self.across[step](kept[step]))
        logits: torch.Tensor = self.logit(found)[:, 0, :rows, :columns]
        return logits


class _Level(nn.Sequential):
    """Two convolutions of one size, dropout between them."""

    def __init__(self, given: int, width: int, dropout: float) -> None:
        super().__init__(
            nn.Conv2d(given, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Dropout2d(dropout),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )


def padded(pixels: torch.Tensor, multiple: int) -> torch.Tensor:
    """(n, band, y, x) with its edges repeated below and right up to a multiple of pixels."""
    rows, columns = pixels.shape[-2:]
    below, right = -rows % multiple, -columns % multiple
    if not below and not right:
        return pixels
    return nn.functional.pad(pixels, (0, right, 0, below), mode="replicate")
