"""What one more slot costs beside a whole run: `python -m benchmarks.one_more_slot`.

One simulated window, three years of ten-day slots, one core, processor time: the same worker
function as in a run, reading, analysing, and writing results and carried state. Then all of
`--mines`, and with `--written` those of a cube that `benchmarks.scale --keep` left, in the job's
own step, on two workers, wall time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np

from analysis import DetectionSettings
from analysis.looks import Looks, looks, room_for_looks
from analysis.onward import onward
from benchmarks.measuring import kept, printed
from benchmarks.one_more_slot_mines import all_mines, mines_of
from benchmarks.scale_sites import ScaleSettings
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
from pipelines.window_excavation import WindowTask, detect_window
from pipelines.window_state import PLANES
from tests.cube.store.conftest import Slots

Result = TypeVar("Result")

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=512, help="pixels of a window's side")
    parser.add_argument("--mines", type=int, default=8, help="in the second part; 0: leave it out")
    parser.add_argument("--slots", type=int, default=36, help="in the second part")
    parser.add_argument("--written", type=Path, help="also all mines of this cube: WORK/written_N")
    told = parser.parse_args()
    size = told.size
    if told.mines and told.slots < 20:
        parser.error("--slots: 20 or more, so that history is behind the last")
    reflectance, scl, dates, _ = simulated(1, SiteSettings(size=256))
    core = [BANDS.index(band) for band in CORE_BANDS]
    tiles = size // 256
    numbers = np.ascontiguousarray(np.tile(reflectance[:, core], (1, 1, tiles, tiles)))
    clear = np.tile(np.isin(scl, (4, 5, 6, 7)), (1, tiles, tiles))
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    print(f"{numbers.shape} uint16; seconds of one core")
    _analysis(numbers[:40, :, :64, :64], quality[:40, :64, :64], dates[:40])  # compile
    whole, one = _analysis(numbers, quality, dates)
    rows = [_row("analysis alone", whole, one, len(dates))]
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
        rows.append(_row("a window as a worker does it", whole, one, len(dates)))
        print(
            f"imagery of one slot {(with_slot - stored) / 1e6:.2f} MB, results and state written "
            f"for it {(grown - with_slot) / (ROUNDS + 1) / 1e6:.2f} MB"
        )
    if told.mines:
        rows.append(_step(all_mines(ScaleSettings(told.mines, told.slots, size, sites=2), 2)))
    if told.written:
        rows.append(_step(mines_of(told.written, 2)))
    printed("One more slot, in slots of a whole run (at most 2 is asked)", rows)
    kept("one_more_slot", {"size": size, "rows": rows}, "numba", "icechunk")


def _step(found: dict[str, Any]) -> dict[str, Any]:
    name = f"{found['mines']} mines, the step detect on two workers (wall time)"
    return _row(name, found["whole_s"], found["one_more_s"], found["slots"])


def _row(what: str, whole: float, one: float, slots: int) -> dict[str, Any]:
    """A line of the table; `share` is in slots: 2 of them is what is asked at most."""
    share = round(one / whole * slots, 2)
    seconds = {"whole_s": round(whole, 3), "one_more_s": round(one, 3)}
    return {"what": what, **seconds, "slots": slots, "share": share}


def _median(work: Callable[[], Result]) -> tuple[float, Result]:
    """Processor seconds that some work takes, the median of `ROUNDS`, and its last result."""
    spent = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        result = work()
        spent.append(time.process_time() - begun)
    return float(np.median(spent)), result


def _analysis(numbers: np.ndarray, quality: np.ndarray, dates: np.ndarray) -> tuple[float, float]:
    """Seconds of all slots from the first, and of the last from what the others left."""
    rules, last = DetectionSettings(), len(dates) - 1
    room = room_for_looks(quality.shape)  # as a worker keeps it

    def seen(slots: slice) -> list[Looks]:
        into = Looks(*(values[slots] for values in vars(room).values()))
        return [looks(numbers[slots], quality[slots], CORE_BANDS, into)]

    def whole() -> None:
        onward(None, seen(slice(None)), dates, rules, len(dates))

    before = onward(None, seen(slice(last)), dates[:last], rules, last)
    new = slice(last, None)

    def one() -> None:
        onward(before.carried, seen(new), dates[new], rules, last + 1, None, before.found.confirmed)

    return _median(whole)[0], _median(one)[0]


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
    """Seconds that the worker's part takes, the median of `ROUNDS`: its second window and later."""
    repository = open_repository(place)
    run = begin_results(repository, "benchmark", planes=PLANES)
    task = WindowTask(
        str(place), run.cube_snapshot, 0, _window(size), None, DetectionSettings(),
        int(run.start[0]), slots, run.published,
    )  # fmt: skip
    session = results_session(repository)
    fork = session.fork()
    detect_window(fork, task)
    spent, written = _median(lambda: detect_window(fork, task))
    commit_results(session, [written])
    publish_results(repository, run)
    return spent


def _bytes(place: Path) -> int:
    return sum(file.stat().st_size for file in (place / "chunks").rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
