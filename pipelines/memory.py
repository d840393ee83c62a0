"""A run's settings in, the memory its largest tasks need out; refused where it is not there."""

from __future__ import annotations

from analysis import DetectionSettings, block_bytes
from analysis.detectors import detector_of
from analysis.detectors.graph import block_bytes as any_block_bytes
from cube.contract import CORE_BANDS, CubeError
from cube.slots import SlotAxis
from cube.store.window_slots import SLOTS_HELD
from pipelines.config import RunConfig


def ingest_bytes(config: RunConfig, axis: SlotAxis, bands: int) -> int:
    """What reading one batch of slots of one window holds at most [byte]."""
    slots = min(config.ingest.batch_slots, axis.count) + 4 * config.slots.slots_at_once
    return slots * (2 * bands + 1) * config.windows.size**2


def detect_bytes(config: RunConfig, axis: SlotAxis, bands: int) -> int:
    """What detecting in one window's whole series holds at most [byte]."""
    return detector_bytes(config, axis.count, bands, config.windows.size)


def detector_bytes(config: RunConfig, slots: int, bands: int, size: int) -> int:
    """The same for a window of so many slots and pixels."""
    if isinstance(config.detector_settings, DetectionSettings):
        pieces = max(1, slots // SLOTS_HELD)
        return block_bytes(slots, min(bands, len(CORE_BANDS)), size, pieces)
    return any_block_bytes(detector_of(config.detector_settings), slots, size)


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
