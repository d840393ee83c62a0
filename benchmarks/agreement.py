"""Whether second opinions say how sure a claim is: `python -m benchmarks.agreement`.

Every pixel the core suspects or has confirmed, at the end and one, two and three times 120 days
before it, with the looks since it was detected and the shares of them that forest and clusters
call odd. Logistic models with and without the opinions are fitted on all sites but one and tested
on that one. The last lines are the model `analysis.detectors.ensemble` uses for suspected ground.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from analysis.detectors import Block
from analysis.detectors.confirmation import Confirmation
from analysis.detectors.ensemble import OPINIONS, Ensemble
from cube.contract import State
from cube.simulate import SiteSettings
from pipelines.evaluate.settings import TUNING
from pipelines.evaluate.sites import Task, true_site

HORIZONS = (0, 12, 24, 36)
"""Slots before the end at which claims are looked at."""

MODELS = {
    "core": ("confidence",),
    "looks": ("confidence", "looks"),
    "opinions": ("confidence", "looks", *OPINIONS),
}
"""What each model knows of a claim."""


def claims(seed: int, world: SiteSettings) -> dict[str, np.ndarray]:
    """Every claim at one site: state, what is known of it, and whether it was dug."""
    site = true_site(Task(seed), world)
    whole, reference = site.block, site.reference
    parts = []
    for horizon in HORIZONS:
        until = whole.shape[0] - horizon
        block = Block(
            whole.reflectance[:until], whole.quality[:until], whole.acquired[:until], whole.bands
        )
        found = Confirmation()(block)
        opinions = Ensemble().opinions(block, found)
        dug = reference.dug & (reference.onset <= block.acquired[-1])
        later = reference.dug & ~dug
        here = ~np.isnat(found.detected) & reference.counted & ~later
        parts.append(
            {
                "seed": np.full(np.count_nonzero(here), seed),
                "state": found.state[-1][here],
                "confidence": found.confidence[here],
                "looks": np.log1p(opinions["forest"].looks[here]),
                **{name: np.nan_to_num(opinions[name].share[here]) for name in OPINIONS},
                "dug": dug[here],
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def tested(known: dict[str, np.ndarray], names: tuple[str, ...]) -> dict[str, float]:
    """Fitted on all sites but one, tested on that one, for every site."""
    columns = np.column_stack([known[name] for name in names])
    expected = np.full(len(columns), np.nan)
    for seed in np.unique(known["seed"]):
        rest, here = known["seed"] != seed, known["seed"] == seed
        if 0 < known["dug"][rest].mean() < 1:
            model = LogisticRegression(max_iter=2000).fit(columns[rest], known["dug"][rest])
            expected[here] = model.predict_proba(columns[here])[:, 1]
    sure = np.isfinite(expected)
    dug, expected = known["dug"][sure], expected[sure]
    bins = np.minimum((expected * 20).astype(int), 19)
    off = np.bincount(bins, expected - dug, minlength=20)
    return {
        "auc": float(roc_auc_score(dug, expected)),
        "calibration_error": float(np.abs(off).sum() / len(dug)),
        "brier": float(brier_score_loss(dug, expected)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(TUNING))
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/agreement.json"))
    told = parser.parse_args()
    sites = [claims(seed, SiteSettings(size=told.size)) for seed in told.seeds]
    known = {name: np.concatenate([site[name] for site in sites]) for name in sites[0]}
    table: dict[str, dict] = {}
    for state in (State.PROVISIONAL, State.CONFIRMED):
        own = {name: values[known["state"] == state] for name, values in known.items()}
        share = float(own["dug"].mean())
        table[state.name.lower()] = {"pixels": len(own["dug"]), "dug_share": share}
        print(f"{state.name.lower()}: {len(own['dug'])} pixels, {share:.3f} dug")
        for model, names in MODELS.items():
            result = tested(own, names)
            table[state.name.lower()][model] = result
            print(f"  {model:10s}" + "  ".join(f"{k} {v:.4f}" for k, v in result.items()))
    own = {name: values[known["state"] == State.PROVISIONAL] for name, values in known.items()}
    names = ("looks", *OPINIONS)
    columns = np.column_stack([own[name] for name in names])
    model = LogisticRegression(max_iter=5000, C=10.0).fit(columns, own["dug"])
    fitted = dict(zip(("constant", *names), [*model.intercept_, *model.coef_[0]], strict=True))
    table["ensemble"] = {name: round(float(value), 3) for name, value in fitted.items()}
    print("ensemble:", table["ensemble"])
    told.output.parent.mkdir(parents=True, exist_ok=True)
    told.output.write_text(json.dumps({"seeds": told.seeds, **table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
