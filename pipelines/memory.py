"""A run's settings in, the memory its largest tasks need out; refused where it is not there."""

from __future__ import annotations

from analysis import block_bytes
from cube.contract import CubeError
from cube.slots import SlotAxis
from pipelines.config import RunConfig


def ingest_bytes(config: RunConfig, axis: SlotAxis, bands: int) -> int:
    """What reading one batch of slots of one window holds at most [byte]."""
    slots = min(config.ingest.batch_slots, axis.count) + 4 * config.slots.slots_at_once
    return slots * (2 * bands + 1) * config.windows.size**2


def detect_bytes(config: RunConfig, axis: SlotAxis, bands: int) -> int:
    """What detecting in one window's whole series holds at most [byte]."""
    return block_bytes(axis.count, bands, config.windows.size)


def require_memory(limits: dict[str, int], needed: int, what: str) -> None:
    """Refuse to start what does not fit, naming the smallest worker.

    limits : bytes each worker may use per thread, by its address; 0 = unlimited.
    """
    bounded = {address: limit for address, limit in limits.items() if limit > 0}
    if not bounded:
        return
    address = min(bounded, key=lambda worker: bounded[worker])
    if bounded[address] < needed:
        raise CubeError(
            f"{what} needs about {size_text(needed)} at once, but a thread of worker {address} "
            f"has {size_text(bounded[address])}. Use fewer threads per worker, a larger "
            "memory_limit in cluster.yaml, smaller windows, a shorter period or fewer bands."
        )


def size_text(count: float) -> str:
    """Bytes for people: 1,234,567 is `1.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
