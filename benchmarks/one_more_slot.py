"""What one more slot costs beside a whole run: `python -m benchmarks.one_more_slot [pixels]`.

One simulated window, three years of ten-day slots, one core, processor time. The same worker
function as in a run: reading, analysing, and writing results and carried state.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from analysis import DetectionSettings
from analysis.looks import Looks, looks
from analysis.onward import onward
from cube.contract import BANDS, CORE_BANDS, Quality, Window
from cube.simulate import SiteSettings, simulated
from cube.store import (
    begin_results,
    commit_results,
    commit_slots,
    create_or_extend_cube,
    open_repository,
    publish_results,
    results_session,
    write_slots,
)
from pipelines.window_excavation import PLANES, WindowTask, detect_window
from tests.cube.store.conftest import Slots

Result = TypeVar("Result")


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    reflectance, scl, dates, _ = simulated(1, SiteSettings(size=256))
    core = [BANDS.index(band) for band in CORE_BANDS]
    tiles = size // 256
    numbers = np.ascontiguousarray(np.tile(reflectance[:, core], (1, 1, tiles, tiles)))
    clear = np.tile(np.isin(scl, (4, 5, 6, 7)), (1, tiles, tiles))
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    print(f"{numbers.shape} uint16; seconds of one core")
    _analysis(numbers[:40, :, :64, :64], quality[:40, :64, :64], dates[:40])  # compile
    whole, one = _analysis(numbers, quality, dates)
    _say("analysis alone", whole, one, len(dates))
    with TemporaryDirectory(prefix="minecube-") as folder:
        place = Path(folder) / "cube"
        _write(place, numbers, quality, dates, range(len(dates) - 1))
        _detect(place, len(dates) - 1, size)
        stored = _bytes(place)
        _write(place, numbers, quality, dates, range(len(dates) - 1, len(dates)))
        with_slot = _bytes(place)
        one = _detect(place, len(dates), size)
        grown = _bytes(place)
        again = Path(folder) / "again"
        _write(again, numbers, quality, dates, range(len(dates)))
        whole = _detect(again, len(dates), size)
        _say("a window as a worker does it", whole, one, len(dates))
        print(
            f"imagery of one slot {(with_slot - stored) / 1e6:.2f} MB, results and state written "
            f"for it {(grown - with_slot) / 1e6:.2f} MB"
        )


def _say(what: str, whole: float, one: float, slots: int) -> None:
    share = one / whole
    print(f"{what:30s}{whole:8.3f} whole {one:8.3f} one more slot = {share * slots:.1f} / {slots}")


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def _analysis(numbers: np.ndarray, quality: np.ndarray, dates: np.ndarray) -> tuple[float, float]:
    """Seconds of all slots from the first, and of the last from what the others left."""
    rules, last = DetectionSettings(), len(dates) - 1

    def seen(slots: slice) -> list[Looks]:
        return [looks(numbers[slots], quality[slots])]

    whole, _ = _timed(lambda: onward(None, seen(slice(None)), dates, rules, len(dates)))
    before = onward(None, seen(slice(last)), dates[:last], rules, last)
    new = slice(last, None)
    published = before.found.confirmed
    one, _ = _timed(
        lambda: onward(before.carried, seen(new), dates[new], rules, last + 1, None, published)
    )
    return whole, one


def _write(
    place: Path, numbers: np.ndarray, quality: np.ndarray, dates: np.ndarray, slots: range
) -> None:
    repository = open_repository(place, create=True)
    starts = dates[0].astype("datetime64[D]") + np.arange(slots.stop) * np.timedelta64(10, "D")
    window = _window(numbers.shape[-1])
    create_or_extend_cube(repository, [window], starts, 10, CORE_BANDS)
    session = repository.writable_session("main")
    here = slice(slots.start, slots.stop)
    items = [f"S2A_{slot}" for slot in slots]
    pixels = Slots(
        numbers[here], quality[here], dates[here], items, np.zeros(len(slots), np.uint16)
    )
    commit_slots(session, [write_slots(session.fork(), 0, slots.start, pixels, dates[here])])


def _window(size: int) -> Window:
    return Window("SIM_000", 0, 32644, 5e5, 2.4e6, size)


def _detect(place: Path, slots: int, size: int) -> float:
    """Seconds that the worker's part takes."""
    repository = open_repository(place)
    run = begin_results(repository, "benchmark", planes=PLANES)
    task = WindowTask(
        str(place), run.cube_snapshot, 0, _window(size), None, DetectionSettings(),
        int(run.start[0]), slots,
    )  # fmt: skip
    session = results_session(repository)
    fork = session.fork()
    spent, written = _timed(lambda: detect_window(fork, task))
    commit_results(session, [written])
    publish_results(repository, run)
    return spent


def _bytes(place: Path) -> int:
    return sum(file.stat().st_size for file in (place / "chunks").rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
