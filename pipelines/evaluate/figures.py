"""Results of single sites in, the whole report as plain numbers out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from analysis.accuracy import Tally, accuracy, area_accuracy, sample_of, spread, total
from analysis.accuracy.counts import share
from analysis.accuracy.summary import PIXEL_HA
from analysis.index_distributions import Distributions, signature_figures
from cube.simulate.stress import Stress
from pipelines.evaluate.evaluation import TWIN, Evaluation, named
from pipelines.evaluate.run import Result
from pipelines.evaluate.variants import TRADE_OFF, variants_in
from pipelines.spectral_signature import merged

SEED = 20140101
"""Of the sample that area-adjusted accuracy is estimated from, and of the bootstrap."""


def report(done: Evaluation) -> dict[str, Any]:
    """Everything that is told, by detector and by stress; None where nothing could be counted.

    The same evaluation gives the same numbers, but for `ns_per_pixel_date`, which is a clock's.
    """
    names = named(done.settings.detectors)
    plain = {name: done.of(Stress.NONE, name) for name in names}
    return plain_numbers(
        {
            "version": version("minecube"),
            "settings": asdict(done.settings),
            "detectors": {
                name: _detector(found, done.of(TWIN, name)) for name, found in plain.items()
            },
            "stresses": {
                stress: {
                    name: accuracy(total([one.tally for one in done.of(stress, name)]))
                    for name in (*names, *variants_in(stress))
                    if done.of(stress, name)
                }
                for stress in done.settings.stresses
                if stress != Stress.NONE
            },
            "signature": signature_figures(signature(done)),
            "trade_off": {
                name: accuracy(total([one.tally for one in done.of(Stress.NONE, name)]))
                for name in TRADE_OFF
                if done.of(Stress.NONE, name)
            },
        }
    )


def signature(done: Evaluation) -> dict[str, Distributions]:
    """How each kind of ground looks, all sites together: what the core confirmed comes first."""
    kinds: dict[str, Distributions] = {}
    for one in done.of(Stress.NONE, "confirmation"):
        kinds = merged(kinds, one.signature or {})
    return kinds


def _detector(found: Sequence[Result], twins: Sequence[Result]) -> dict[str, Any]:
    notes = sorted({one.note for one in found if one.note})
    if notes or not found:
        return {"note": "; ".join(notes) or "not run"}
    tallies = [one.tally for one in found]
    whole = total(tallies)
    rng = np.random.default_rng(SEED)
    pixel_dates = sum(one.pixel_dates for one in found)
    return {
        "note": "",
        "accuracy": accuracy(whole),
        "f1_interval": spread(tallies, lambda t: t.counts.f1, rng),
        "ns_per_pixel_date": 1e9 * share(sum(one.seconds for one in found), pixel_dates),
        "law": _law(found),
        "placebo_twin": {**_twin(total([one.tally for one in twins])), "law": _law(twins)},
        "area_adjusted": _adjusted(whole, rng),
        "false_ha_by_kind": _per_year(whole.false_by, whole),
        "ever_false_ha_by_kind": _per_year(whole.ever_false_by, whole),
        "reliability": whole.reliability.curve(),
        "f1_by_lag": {lag: one.f1 for lag, one in sorted(whole.by_lag.items())},
        "pixels": asdict(whole.counts),
        "events": asdict(whole.events),
        "mine_years": whole.mine_years,
        "f1_by_site": [one.counts.f1 for one in tallies],
    }


def _law(found: Sequence[Result]) -> dict[str, float] | None:
    """Violations per mine and year under the sites' own law, and under that of other sites.

    Nobody breaks his own law at these sites: all of the first are false. The second are lines
    that know nothing of the ground, and say how much of an alarm is the line's doing.
    """
    own, other = ([one.own_law for one in found if one.own_law],
                  [one.other_law for one in found if one.other_law])  # fmt: skip
    years = sum(one.tally.mine_years for one in found if one.own_law)
    if not own:
        return None
    return {
        "own": share(sum(one.count for one in own), years),
        "own_ha": share(sum(one.area_ha for one in own), years),
        "shuffled": share(sum(one.count for one in other), years),
        "shuffled_ha": share(sum(one.area_ha for one in other), years),
    }


def _twin(whole: Tally) -> dict[str, float]:
    """Alarms where nobody digs: all of them are false."""
    return {
        "false_ha": share(whole.counts.false * PIXEL_HA, whole.mine_years),
        "ever_false_ha": share(whole.ever_false * PIXEL_HA, whole.mine_years),
    }


def _adjusted(whole: Tally, rng: np.random.Generator) -> dict[str, Any]:
    """What a stratified sample of the map would have said, beside what is true."""
    if whole.counts.hit + whole.counts.false < 2:
        return {}
    found = area_accuracy(sample_of(rng, whole.counts, whole.beside))
    scale = {"area": PIXEL_HA}
    estimates = {
        name: [scale.get(name, 1.0) * one.value, scale.get(name, 1.0) * one.half_width]
        for name, one in vars(found).items()
    }
    return {**estimates, "true_area": (whole.counts.hit + whole.counts.missed) * PIXEL_HA}


def _per_year(pixels: dict[str, int], whole: Tally) -> dict[str, float]:
    return {
        kind: share(count * PIXEL_HA, whole.mine_years) for kind, count in sorted(pixels.items())
    }


def plain_numbers(value: Any) -> Any:
    """NaN and infinity, which JSON does not know, as None; keys as text."""
    if isinstance(value, dict):
        return {str(key): plain_numbers(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_numbers(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
