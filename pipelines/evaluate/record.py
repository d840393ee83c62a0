"""The report in, what ships with this version of its accuracy out: words ready to print."""

from __future__ import annotations

from typing import Any

from pipelines.evaluate.tables import number, percent, sites_line

HA_YEAR = "ha per mine and year"
PER_YEAR = "per mine and year"


def record(report: dict[str, Any], day: str) -> dict[str, Any]:
    """What `pipelines.accuracy_record.published_accuracy` gives.

    Parameters
    ----------
    report : of an evaluation that ran the core in the plain world and on twins
    day : on which it was measured, YYYY-MM-DD

    Returns
    -------
    dict
        minecube, measured, command, ground: text. figures, placebo: lists of dicts with what,
        value, unit, note, all text. numbers: the same as numbers, by the names of
        `analysis.accuracy.summary`; None where nothing could be counted.
    """
    core = report["detectors"]["confirmation"]
    reached, twin = core["accuracy"], core["placebo_twin"]
    low, high = core["f1_interval"]
    return {
        "minecube": report["version"],
        "measured": day,
        "command": "make accuracy",
        "ground": sites_line(report),
        "figures": [
            _line("pixels: precision", number(reached["precision"]),
                  note="of what is shown as dug, the share that is"),
            _line("pixels: recall", number(reached["recall"]),
                  note="of what was dug, the share that is shown"),
            _line("pixels: F1", number(reached["f1"]),
                  note=f"{number(low, 2)} to {number(high, 2)} if other sites had been drawn"),
            _line("regions of 0.3 ha or more: found", number(reached["event_recall"])),
            _line("regions of 0.3 ha or more: true", number(reached["event_precision"])),
            _line("ground shown though nobody dug it", number(reached["false_ha"], 2), HA_YEAR),
            _line("the same, with what was withdrawn later", number(reached["ever_false_ha"], 2),
                  HA_YEAR),
            _line("from opening to confirmation", number(reached["confirmation_lag_median"], 0),
                  "days, median", f"nine in ten within {_days(reached['confirmation_lag_p90'])}"),
            _line("error of the onset date", number(reached["onset_error_median"], 0),
                  "days, median", f"nine in ten within {_days(reached['onset_error_p90'])}"),
            _line("bias of the area", percent(reached["area_bias"]), "%"),
            _line("confidence: how far it is off", number(reached["calibration_error"])),
            _line("ground that cannot be judged", number(100 * reached["blind_share"], 0), "%",
                  "of the sites' ground"),
        ],
        "placebo": [
            _line("ground shown where nobody digs", number(twin["false_ha"], 2), HA_YEAR,
                  "the same sites, sky and seasons, left undisturbed"),
            _line("the same, with what was withdrawn later", number(twin["ever_false_ha"], 2),
                  HA_YEAR),
            *_law("violations where nobody digs", twin["law"], "own"),
            *_law("violations where all keep to the law", core["law"], "own"),
            *_law("violations if lines lay at random", core["law"], "shuffled",
                  "leases and zones of another site laid over: what alarms owe to the lines"),
        ],
        "numbers": {
            **reached,
            "f1_interval": [low, high],
            "twin_false_ha": twin["false_ha"],
            "twin_ever_false_ha": twin["ever_false_ha"],
            "law": core["law"],
            "twin_law": twin["law"],
        },
    }  # fmt: skip


def _law(
    what: str, found: dict[str, float] | None, which: str, note: str = ""
) -> list[dict[str, str]]:
    return [] if found is None else [_line(what, number(found[which], 2), PER_YEAR, note)]


def _line(what: str, value: str, unit: str = "", note: str = "") -> dict[str, str]:
    return {"what": what, "value": value, "unit": unit, "note": note}


def _days(value: float | None) -> str:
    return f"{number(value, 0)} days"
