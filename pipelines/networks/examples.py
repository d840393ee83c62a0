"""Chips in, what a network is trained on out: normalised, varied, in an order given by the seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from analysis.networks.augmentation import Strength, augmented
from analysis.networks.normalisation import Normalisation, fitted
from pipelines.networks.chips import ChipSet

NORMALISED_ON = 2_000
"""Chips whose pixels decide the normalisation, evenly spread over the training chips: a hundred
million pixels place a percentile far better than it needs to be."""


class Examples(Dataset):
    """Chips of a split, ready for a network.

    chips : ChipSet, or anything of its items and length
    strength : of augmentation; "none" leaves the chips as they are
    """

    def __init__(
        self,
        chips: Any,
        normalisation: Normalisation,
        strength: Strength = "none",
        seed: int = 0,
    ) -> None:
        self.chips = chips
        self.normalisation = normalisation
        self.strength = strength
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.chips)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """One chip; the same index of the same epoch is varied in the same way."""
        item = self.chips[index]
        layers = [item[name] for name in ("mask", "classes") if name in item]
        pixels, truth = item["pixels"], np.stack(layers).astype(np.float32)
        if self.strength != "none":
            rng = np.random.default_rng((self.seed, self.epoch, index))
            bands = self.normalisation.bands
            pixels, truth = augmented(pixels, truth, self.strength, rng, bands)
        ready = {
            "pixels": torch.from_numpy(self.normalisation.of(pixels)),
            "mask": torch.from_numpy(truth[0]),
            "label": torch.tensor(float(item["label"])),
            "weight": torch.tensor(float(item["weight"])),
            "site": torch.tensor(int(item["site"])),
        }
        if "classes" in item:
            ready["classes"] = torch.from_numpy(truth[1].astype(np.int64))
        return ready


class EpochOrder(Sampler[int]):
    """All chips in an order that the seed and the epoch give; `begin` says the epoch."""

    def __init__(self, examples: Examples, batch_size: int) -> None:
        self.examples = examples
        self.epoch = 0
        count = len(examples)
        # one chip alone has no spread that batch normalisation could take off
        self.count = count - 1 if count % batch_size == 1 and count > 1 else count

    def begin(self, epoch: int) -> None:
        """The next order, and the next variations, are those of this epoch.

        Not named as Lightning would call it by itself: it counts anew where it is taken up again.
        """
        self.epoch = self.examples.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self.examples.seed, self.epoch))
        yield from rng.permutation(len(self.examples))[: self.count].tolist()


def loader(
    examples: Examples, batch_size: int, workers: int = 0, order: EpochOrder | None = None
) -> DataLoader[dict[str, torch.Tensor]]:
    """Batches of examples: in their order, or in that of an epoch.

    Workers are forked from a server that holds no threads: those of the store do not survive it.
    """
    return DataLoader(
        examples,
        batch_size=batch_size,
        sampler=order,
        num_workers=workers,
        multiprocessing_context="forkserver" if workers else None,
        pin_memory=torch.cuda.is_available(),
    )


def normalisation_of(chips: ChipSet) -> Normalisation:
    """The normalisation of training chips.

    Raises
    ------
    CubeError
        If a band was never measured, or is the same everywhere.
    """
    step = max(1, -(-len(chips) // NORMALISED_ON))
    return fitted((chips[i]["pixels"] for i in range(0, len(chips), step)), chips.bands)
