"""Logits and truth in, how wrong they are out: what training makes small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn import functional

from cube.contract import CubeError

LossName = Literal["bce", "dice", "focal", "combined"]


@dataclass(frozen=True)
class LossRule:
    """What is held against a network."""

    name: LossName = "combined"
    """bce, dice, focal, or combined: half bce, half dice. Combined learns pixels and outlines."""
    positive_weight: float = 10.0
    """How much more a missed mine counts than a false alarm, in bce: mines are rare [1]."""
    focal_gamma: float = 2.0
    """How little the easy ones count, in focal [1]; 0 makes it bce."""
    focal_alpha: float = 0.75
    """Share of the weight that mines have, in focal, within 0 and 1 [1]."""

    def __post_init__(self) -> None:
        if self.name not in _LOSSES:
            raise CubeError(f"the loss is {self.name!r}; give one of {', '.join(_LOSSES)}.")
        if not 0 < self.positive_weight < 1e6:
            raise CubeError(f"positive_weight is {self.positive_weight}; give more than 0.")
        if not 0 <= self.focal_gamma <= 10 or not 0 < self.focal_alpha < 1:
            raise CubeError(
                f"focal_gamma is {self.focal_gamma} and focal_alpha {self.focal_alpha}; give 0 to "
                "10, and a share within 0 and 1."
            )


def loss(
    logits: torch.Tensor, truth: torch.Tensor, weight: torch.Tensor, rule: LossRule
) -> torch.Tensor:
    """One number, 0 or more: the mean over what is known.

    Parameters
    ----------
    logits : (n,) or (n, y, x) float
    truth : the same shape, 0..1, a share of cover where a mine ends within; NaN where unknown
    weight : (n,) float, how much each chip counts, 0 or more
    rule : LossRule

    Source
    ------
    Milletari et al. 2016, arXiv:1606.04797 (Dice); Lin et al. 2017, arXiv:1708.02002 (focal).
    Ours differs: the Dice of a batch is of all its pixels together, so that a chip without a mine
    does not decide.
    """
    known = torch.isfinite(truth)
    each = weight.reshape(-1, *[1] * (truth.ndim - 1)) * known
    return _LOSSES[rule.name](logits.float(), torch.where(known, truth, 0.0), each, rule)


def land_cover_loss(
    logits: torch.Tensor, classes: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of (n, class, y, x) logits and (n, y, x) int64 classes; -1 is unknown."""
    each = functional.cross_entropy(logits.float(), classes, ignore_index=-1, reduction="none")
    counted = weight.reshape(-1, 1, 1) * (classes >= 0)
    return _mean(each, counted)


def _bce(
    logits: torch.Tensor, truth: torch.Tensor, each: torch.Tensor, rule: LossRule
) -> torch.Tensor:
    positive = torch.tensor(rule.positive_weight, device=logits.device)
    wrong = functional.binary_cross_entropy_with_logits(
        logits, truth, pos_weight=positive, reduction="none"
    )
    return _mean(wrong, each)


def _dice(
    logits: torch.Tensor, truth: torch.Tensor, each: torch.Tensor, rule: LossRule
) -> torch.Tensor:
    """One minus twice the common weight over both, and 1 added to each against empty chips."""
    said = torch.sigmoid(logits)
    common = (said * truth * each).sum()
    both = ((said + truth) * each).sum()
    return 1.0 - (2.0 * common + 1.0) / (both + 1.0)


def _focal(
    logits: torch.Tensor, truth: torch.Tensor, each: torch.Tensor, rule: LossRule
) -> torch.Tensor:
    said = torch.sigmoid(logits)
    plain = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    missed = said * (1 - truth) + (1 - said) * truth
    share = rule.focal_alpha * truth + (1 - rule.focal_alpha) * (1 - truth)
    return _mean(share * missed**rule.focal_gamma * plain, each)


def _combined(
    logits: torch.Tensor, truth: torch.Tensor, each: torch.Tensor, rule: LossRule
) -> torch.Tensor:
    return 0.5 * (_bce(logits, truth, each, rule) + _dice(logits, truth, each, rule))


def _mean(wrong: torch.Tensor, each: torch.Tensor) -> torch.Tensor:
    return (wrong * each).sum() / each.sum().clamp_min(1e-9)


_Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, LossRule], torch.Tensor]
_LOSSES: dict[str, _Loss] = {"bce": _bce, "dice": _dice, "focal": _focal, "combined": _combined}
