"""Nanoseconds per pixel-date of every step of detection: `python -m benchmarks.detection_speed`.

One core, processor time; beside the steps that have one, the NumPy reference of the tests, which
gives the same answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from analysis.baseline import baseline, history_slots
from analysis.change import candidate_change, look_noise
from analysis.confirmation import states
from analysis.detection import DetectionSettings, detect_block
from analysis.evidence import evidence
from analysis.forward import advanced, begun
from analysis.looks import looks
from cube.contract import BANDS, CORE_BANDS, Quality
from cube.simulate import SiteSettings, simulated
from tests.analysis.test_change import change_in_numpy
from tests.analysis.test_confirmation import evidence_in_numpy, verdict_in_numpy
from tests.analysis.test_looks import looks_in_numpy

Result = TypeVar("Result")


def main() -> None:
    reflectance, scl, dates, _ = simulated(1, SiteSettings(size=256))
    core = [BANDS.index(band) for band in CORE_BANDS]
    numbers = np.ascontiguousarray(np.tile(reflectance[:, core], (1, 1, 2, 2)))
    clear = np.tile(np.isin(scl, (4, 5, 6, 7)), (1, 2, 2))
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    days = dates.astype("datetime64[D]").astype(np.int64)
    rules = DetectionSettings()
    detect_block(numbers[:, :, :64, :64], quality[:, :64, :64], dates)  # compile

    def timed(name: str, step: Callable[..., Result], *arguments: object) -> Result:
        begun = time.process_time()
        result = step(*arguments)
        spent = time.process_time() - begun
        print(f"{name:34s}{spent / quality.size * 1e9:8.2f} ns per pixel-date")
        return result

    print(f"{numbers.shape} uint16 and {quality.shape} uint8")
    whole = timed("looks", looks, numbers, quality)
    timed("  in NumPy", looks_in_numpy, numbers, quality)
    first, _ = history_slots(days, rules.baseline)
    noise = timed("noise", look_noise, [whole.ndvi[:first]])
    timed("candidate change", candidate_change, whole, noise, noise, rules.change)
    timed("  in NumPy", change_in_numpy, whole, 600, 300)
    base = timed("baseline", baseline, [whole], days, rules.baseline)
    trajectory = timed("evidence", evidence, whole, base, rules.confirmation)
    timed("  in NumPy", evidence_in_numpy, whole, base, rules.confirmation)
    carried = begun([whole], days, rules.baseline)
    told = (trajectory, trajectory[0], carried, days, rules.confirmation)
    timed("confirmation in time and space", states, [whole], *told)
    state = (trajectory, base.observable, days, first, rules.confirmation)
    timed("  in NumPy and SciPy", verdict_in_numpy, whole, *state)
    begun_anew = begun([whole], days, rules.baseline)
    pass_ = (begun_anew, [whole], days, rules.change, rules.confirmation)
    timed("the whole forward pass", advanced, *pass_)
    timed("all of it", detect_block, numbers, quality, dates)


if __name__ == "__main__":
    main()
