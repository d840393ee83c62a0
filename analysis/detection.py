"""Detection in one window: reflectance and quality in, what was dug, where and when out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.baseline_rule import BaselineRule
from analysis.carried import Carried
from analysis.change import ChangeRule
from analysis.confidence import confidence
from analysis.confirmation import Verdict, verdict
from analysis.confirmation_rule import ConfirmationRule
from analysis.forward import Slots, advanced, begun
from analysis.kernels.looks import any_look
from analysis.looks import LOOK_BYTES, Looks, lent_looks, looks
from analysis.rescue import RescueRule
from analysis.rooms import room
from cube.contract import CORE_BANDS, CubeError


@dataclass(frozen=True)
class DetectionSettings:
    """The rules of one detection run."""

    change: ChangeRule = field(default_factory=ChangeRule)
    baseline: BaselineRule = field(default_factory=BaselineRule)
    confirmation: ConfirmationRule = field(default_factory=ConfirmationRule)
    rescue: RescueRule = field(default_factory=RescueRule)
    onset_backdating: float = 1.0
    """Where between the first look of open ground (0) and the clear look before it (1) the ground
    is taken to have been opened. Pits open by and by: measured, 1 errs by 11 days in the median,
    0.5 by 16, the date of the candidate change before it by 20."""

    def __post_init__(self) -> None:
        if not 0 <= self.onset_backdating <= 1:
            raise CubeError(f"onset_backdating is {self.onset_backdating}; it lies in 0..1.")


@dataclass(frozen=True, eq=False)
class Excavation:
    """What happened in one window; names, dtypes and meaning of the results in `VARIABLES`."""

    change: np.ndarray
    state: np.ndarray
    excavated: np.ndarray
    onset: np.ndarray
    detected: np.ndarray
    confirmed: np.ndarray
    confidence: np.ndarray


def detect_block(
    reflectance: np.ndarray,
    quality: np.ndarray,
    acquired: np.ndarray,
    settings: DetectionSettings | None = None,
    bands: Sequence[str] = CORE_BANDS,
    inside: np.ndarray | None = None,
) -> Excavation:
    """Excavation of one window, whole.

    Parameters
    ----------
    reflectance : (time, band, y, x) uint16 [1/10000], 0 = no measurement
    quality : (time, y, x) uint8, flags of the cube
    acquired : (time,) datetime64, ascending, NaT where nothing was acquired
    bands : names along `band`
    inside : (y, x) bool, where the level of open ground is measured; everywhere if None

    Raises
    ------
    CubeError
        If shapes or dtypes do not fit, a band lacks, or dates do not ascend.
    """
    with lent_looks(quality.shape) as lent:
        whole = looks(reflectance, quality, bands, lent)
        rules = settings or DetectionSettings()
        return excavation_of_looks([whole], acquired, rules, inside, spent=True)


def excavation_of_looks(
    parts: Sequence[Looks],
    acquired: np.ndarray,
    settings: DetectionSettings,
    inside: np.ndarray | None = None,
    spent: bool = False,
) -> Excavation:
    """Excavation of one window given as parts along y, from the top; see `detect_block`.

    spent : whether nobody needs the looks afterwards: they may then be written to
    """
    days = look_days(acquired, parts)
    carried, found = advanced(
        begun(parts, days, settings.baseline, inside),
        parts,
        days,
        settings.change,
        settings.confirmation,
        rescue=settings.rescue,
        spent=spent,
    )
    return excavation_at(carried, found, settings)


def look_days(acquired: np.ndarray, parts: Sequence[Looks]) -> np.ndarray:
    """(time,) int64 days since 1970, -1 where nothing was seen: a clouded date says nothing."""
    acquired = np.asarray(acquired)
    times = len(parts[0].ndvi)
    if acquired.shape != (times,) or acquired.dtype.kind != "M":
        raise CubeError(
            f"acquired is {acquired.dtype} {acquired.shape}, expected datetime64 ({times},): "
            "one date for every slot."
        )
    seen = np.array([any(any_look(part.ndvi[t]) for part in parts) for t in range(times)])
    if np.any(seen & np.isnat(acquired)):
        slot = int(np.flatnonzero(seen & np.isnat(acquired))[0])
        raise CubeError(
            f"slot {slot} has clear pixels but no acquisition date; the cube's `acquired` and "
            "`quality` disagree. Ingest that slot again."
        )
    dates = acquired[seen].astype("datetime64[D]")
    backward = np.flatnonzero(dates[1:] < dates[:-1])
    if backward.size:
        back = int(backward[0])
        raise CubeError(
            f"acquired goes back from {dates[back]} to {dates[back + 1]}; sort the slots by date."
        )
    days = np.full(times, -1, np.int64)
    days[seen] = dates.astype(np.int64)
    return days


def excavation_at(
    carried: Carried, found: Slots, settings: DetectionSettings, since: int = 0
) -> Excavation:
    """Slots to dates, and the envelope of slot `since` and later.

    `carried` is the window after the last slot of `found`, which may be its latest only.
    """
    pixels, days = carried.pixels, carried.days
    believed = verdict(pixels)
    slots = np.arange(since, len(days), dtype=np.int16).reshape(-1, 1, 1)

    def plane(dates: np.ndarray) -> np.ndarray:
        """(y, x) datetime64[ns] of what is claimed, NaT elsewhere."""
        whole = np.full(pixels.state.shape, np.datetime64("NaT"), "datetime64[ns]")
        whole.reshape(-1)[believed.where] = dates
        return whole

    return Excavation(
        change=found.change,
        state=found.state,
        excavated=envelope(pixels.confirmed, slots),
        onset=plane(_onset(believed, days, settings.onset_backdating)),
        detected=plane(_dates(believed.detected, days)),
        confirmed=plane(_dates(believed.confirmed, days)),
        confidence=confidence(pixels.state, believed),
    )


def _onset(believed: Verdict, days: np.ndarray, backdating: float) -> np.ndarray:
    """(pixel,) datetime64[ns], between the first look of open ground and the clear look before."""
    dates = _dates(believed.onset, days)
    known = believed.onset >= 0
    first, before = days[believed.onset[known]], believed.before[known]
    gap = np.where(before < 0, 0, first - days[before])
    dates[known] -= np.rint(backdating * gap).astype("timedelta64[D]")
    return dates


def envelope(confirmed: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """(time, y, x) bool, True from the slot (y, x) int16 at which a pixel was confirmed on."""
    never = np.iinfo(np.int16).max
    since = np.where(confirmed < 0, never, confirmed).astype(np.int16)
    opened = room((len(slots), *confirmed.shape), np.bool_)
    return np.less_equal(since, slots, out=opened)


def _dates(slots: np.ndarray, days: np.ndarray) -> np.ndarray:
    """(pixel,) datetime64[ns] of slots, NaT where none."""
    dates = np.full(slots.shape, np.datetime64("NaT"), "datetime64[ns]")
    known = slots >= 0
    dates[known] = days.astype("datetime64[D]")[slots[known]]
    return dates


def block_bytes(times: int, bands: int, size: int, parts: int = 1) -> int:
    """Peak memory [bytes] of detecting in one window of `size` x `size` pixels.

    The larger of two moments: a part's reflectance and quality (decoded) beside the looks already
    reduced, and the looks beside the results. Decoding buffers of the store come on top.
    """
    pixels = size * size
    looks_held = LOOK_BYTES * times * pixels
    reading = (2 * bands + 1) * times * pixels // parts + looks_held
    # change, state and excavated: a byte each; some forty planes of 8 bytes.
    detecting = looks_held + 3 * times * pixels + 40 * 8 * pixels
    return max(reading, detecting)
