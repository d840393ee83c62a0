"""Weights learnt on red, green and blue in, weights for any number of bands out.

The rule: bands come in the cube's order, so the first three are blue, green and red and take the
weights of their colour; every further band takes the mean of the three; and all are multiplied by
3 / bands, so that the sum over a grey pixel stays what it was. One or two bands take the mean.
"""

from __future__ import annotations

import torch
from torch import nn

from cube.contract import CubeError

COLOURS = 3
"""Bands of what pretrained weights were learnt on: red, green, blue, in this order."""

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue [1]: what pretrained weights expect to be taken off."""


def adapted(weight: torch.Tensor, bands: int) -> torch.Tensor:
    """A first convolution's weights for so many bands.

    Parameters
    ----------
    weight : (out, 3, row, column) float32
        For red, green, blue.
    bands : at least 1

    Returns
    -------
    (out, bands, row, column) float32

    Raises
    ------
    CubeError
        If the weights are not those of a convolution over three bands, or bands is below 1.
    """
    if weight.ndim != 4 or weight.shape[1] != COLOURS:
        raise CubeError(
            f"the first layer's weights have the shape {tuple(weight.shape)}; expected "
            "(channels, 3, rows, columns), learnt on red, green and blue. Give other weights."
        )
    if bands < 1:
        raise CubeError(f"bands is {bands}; give 1 or more.")
    grey = weight.mean(dim=1, keepdim=True)
    planes = [grey] * bands if bands < COLOURS else [weight.flip(1)] + [grey] * (bands - COLOURS)
    return torch.cat(planes, dim=1) * (COLOURS / bands)


class Standardised(nn.Module):
    """A network behind the shift and scale that its pretrained weights expect.

    What comes in is normalised to about -1..1 (`normalisation`) and brought to 0..1; the first
    three bands are blue, green and red and have ImageNet's means and deviations taken off, the
    others their averages.
    """

    def __init__(self, network: nn.Module, bands: int) -> None:
        super().__init__()
        self.network = network
        self.mean: torch.Tensor
        self.deviation: torch.Tensor
        self.register_buffer("mean", _per_band(MEAN, bands))
        self.register_buffer("deviation", _per_band(DEVIATION, bands))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """What the network says of (n, band, y, x)."""
        unit = (pixels + 1.0) / 2.0
        found: torch.Tensor = self.network((unit - self.mean) / self.deviation)
        return found


def _per_band(colours: tuple[float, ...], bands: int) -> torch.Tensor:
    middle = sum(colours) / len(colours)
    first = tuple(reversed(colours)) if bands >= len(colours) else ()
    values = (*first, *(middle for _ in range(bands - len(first))))
    return torch.tensor(values, dtype=torch.float32).reshape(1, bands, 1, 1)
