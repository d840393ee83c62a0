"""A tally in, the figures a reader wants out, by name and with the spread over sites."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from analysis.accuracy.counts import share
from analysis.accuracy.tally import Tally

PIXEL_HA = 0.01


def accuracy(whole: Tally) -> dict[str, float]:
    """The figures of one tally; NaN where nothing could be counted.

    Ratios are of 1, lags in days, `false_ha`, `ever_false_ha` and `withdrawn_ha` in
    hectares per mine and year.
    """
    lags, error = whole.delays, whole.delays.onset_error
    return {
        "precision": whole.counts.precision,
        "recall": whole.counts.recall,
        "f1": whole.counts.f1,
        "iou": whole.counts.iou,
        "area_bias": whole.counts.area_bias,
        "event_recall": whole.events.recall,
        "event_precision": whole.events.precision,
        "false_ha": share(whole.counts.false * PIXEL_HA, whole.mine_years),
        "ever_false_ha": share(whole.ever_false * PIXEL_HA, whole.mine_years),
        "withdrawn_ha": share((whole.ever_false - whole.counts.false) * PIXEL_HA, whole.mine_years),
        "detection_lag_median": lags.detected.quantile(0.5),
        "detection_lag_p90": lags.detected.quantile(0.9),
        "confirmation_lag_median": lags.confirmed.quantile(0.5),
        "confirmation_lag_p90": lags.confirmed.quantile(0.9),
        "dry_lag_median": lags.confirmed_dry.quantile(0.5),
        "dry_lag_p90": lags.confirmed_dry.quantile(0.9),
        "onset_error_median": error.absolute().quantile(0.5),
        "onset_error_p90": error.absolute().quantile(0.9),
        "onset_bias": error.quantile(0.5),
        "early_share": share(lags.early, whole.counts.hit),
        "calibration_error": whole.reliability.error,
        "recall_green": whole.green.recall,
        "recall_never_green": whole.never_green.recall,
        "never_green_share_of_dug": share(
            whole.never_green.hit + whole.never_green.missed, whole.counts.hit + whole.counts.missed
        ),
        "blind_share": share(whole.blind_share, whole.windows),
        "recall_where_observable": share(
            whole.counts.hit, whole.counts.hit + whole.counts.missed - whole.blind
        ),
        **{f"f1_at_{lag}_days": one.f1 for lag, one in sorted(whole.by_lag.items())},
    }


def spread(
    tallies: Sequence[Tally],
    figure: Callable[[Tally], float],
    rng: np.random.Generator,
    draws: int = 400,
) -> tuple[float, float]:
    """95 % interval of a figure over sites, by drawing as many sites again with replacement.

    Source
    ------
    Efron 1979, doi:10.1214/aos/1176344552: the percentile bootstrap, with sites as the units:
    pixels of one site are no independent witnesses.
    """
    values = []
    for _ in range(draws):
        chosen = rng.integers(0, len(tallies), len(tallies))
        values.append(figure(total([tallies[i] for i in chosen])))
    known = np.array(values)[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)


def total(tallies: Sequence[Tally]) -> Tally:
    """All windows together."""
    whole = Tally()
    for one in tallies:
        whole = whole + one
    return whole
