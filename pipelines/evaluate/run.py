"""One site in, the tally of every detector on it out; what was done before is read back."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from analysis.accuracy import Tally, claim, tally, tally_from_plain, tally_to_plain
from analysis.accuracy.events import EventRule
from analysis.detectors import DETECTORS, Block, Detector, detector, settings_class
from analysis.index_distributions import Distributions
from cube.simulate import SiteSettings, new_site
from cube.simulate.stress import Stress
from pipelines.evaluate.law_placebo import Law, Violations, law_at, violations
from pipelines.evaluate.peers import PEERS, STEPS, peer
from pipelines.evaluate.peers.registry import NotInstalledError
from pipelines.evaluate.signatures import (
    signature_from_plain,
    signature_to_plain,
    site_signature,
)
from pipelines.evaluate.sites import Task, TrueSite, true_site
from pipelines.evaluate.variants import VARIANTS

ROOT = Path(__file__).parents[2]

OURS = DETECTORS
"""Detectors of this house."""

LAWFUL = (*OURS, "dist_alert")
"""Detectors whose maps are held against the law; the other peers' claim half of a site."""

NAMES = (*OURS, *PEERS)
"""Every detector that can be evaluated: ours first."""


@dataclass(frozen=True)
class Result:
    """One detector on one site; `seconds` are of one core at work, whatever else it does.

    `own_law` and `other_law` are the violations its map raises under the site's own law and under
    that of the next seed's site, `signature` how each kind of ground looks: None where not asked.
    `note` says why there is nothing.
    """

    tally: Tally
    seconds: float
    pixel_dates: int
    own_law: Violations | None = None
    other_law: Violations | None = None
    signature: dict[str, Distributions] | None = None
    note: str = ""


def results(
    task: Task, names: tuple[str, ...], settings: SiteSettings, folder: Path
) -> dict[str, Result]:
    """Every detector on one site.

    Parameters
    ----------
    folder : where results are kept; those of the same code and settings are not computed again
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: folder / f"{name}-{task.name}-{key(name, task, settings)}.json" for name in names}
    site: TrueSite | None = None
    laws: tuple[Law, ...] = ()
    found = {}
    for name, path in kept.items():
        if path.exists():
            found[name] = _read(path)
            continue
        try:
            rule = rule_of(name, 365)
        except NotInstalledError as error:
            found[name] = Result(Tally(), 0.0, 0, note=str(error))
            continue
        site = site or true_site(task, settings)
        if name in LAWFUL and task.stress == Stress.NONE and not laws:
            laws = own_and_other(site, task.seed)
        rule = rule_of(name, site.history_days)
        found[name] = _result(rule, site, STEPS.get(name, 1), laws if name in LAWFUL else ())
        _write(path, found[name])
    return found


def rule_of(name: str, history_days: int) -> Detector:
    """A detector or a peer, told how long its history is."""
    if name in PEERS:
        return peer(name, history_days)
    ours = "confirmation" if name in VARIANTS else name
    return detector(ours, with_history(plain_settings(name), history_days))


def plain_settings(name: str) -> Any:
    """Settings of a detector of ours, or of a variant of it."""
    if name in VARIANTS:
        return VARIANTS[name].settings
    return settings_class(name)()


def with_history(settings: Any, days: int) -> Any:
    """Settings in which every `history_days`, at any depth, is this many."""
    changed = {}
    for one in fields(settings):
        value = getattr(settings, one.name)
        if one.name == "history_days":
            changed[one.name] = days
        elif is_dataclass(value) and not isinstance(value, type):
            changed[one.name] = with_history(value, days)
    return replace(settings, **changed)


def own_and_other(site: TrueSite, seed: int) -> tuple[Law, Law]:
    """The law of the site, and the law of the next seed's site laid over it."""
    other = new_site(seed + 1, site.site.settings)
    return law_at(site.site, site.site), law_at(site.site, other)


def _result(rule: Detector, site: TrueSite, step: int, laws: tuple[Law, ...]) -> Result:
    block, reference = site.block, site.reference
    if step > 1:
        block, reference = every(block, step), reference.every(step)
    _warmed(rule)
    begun = time.process_time()
    found = rule(block)
    seconds = time.process_time() - begun
    event = EventRule()
    event = replace(event, least_pixels=-(-event.least_pixels // step**2))
    scored = tally(claim(found), reference, event)
    own, other = (violations(found, block, law) for law in laws) if laws else (None, None)
    looks = site_signature(site, found) if rule.name == "confirmation" else None
    return Result(scored, seconds, int(np.prod(block.shape)), own, other, looks)


def every(block: Block, step: int) -> Block:
    """Every `step`-th row and column."""
    return Block(
        np.ascontiguousarray(block.reflectance[:, :, ::step, ::step]),
        np.ascontiguousarray(block.quality[:, ::step, ::step]),
        block.acquired,
        block.bands,
        None if block.inside is None else block.inside[::step, ::step],
    )


_warm: set[str] = set()


def _warmed(rule: Detector) -> None:
    """Have everything compiled before the clock runs: compiling happens once, not per pixel."""
    if rule.name not in _warm:
        rule(true_site(Task(0), SiteSettings(size=48, years=2)).block)
        _warm.add(rule.name)


def key(name: str, task: Task, settings: SiteSettings) -> str:
    """What a result depends on, as a short hash: settings, sources, versions of packages."""
    ours = name not in PEERS
    rule = repr(plain_settings(name)) if ours else ""
    told = (name, repr(task), repr(settings), rule, _sources(ours), _versions())
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


@cache
def _sources(ours: bool) -> str:
    """Hash of the code a result rests on; a peer's does not rest on our detectors."""
    rooms = ["cube/simulate", "cube/contract.py", "analysis/accuracy"]
    rooms += ["analysis"] if ours else ["pipelines/evaluate/peers", "analysis/detectors/block.py"]
    rooms += [
        f"pipelines/evaluate/{name}.py" for name in ("sites", "run", "law_placebo", "signatures")
    ]
    digest = hashlib.sha256()
    for room in rooms:
        place = ROOT / room
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _versions() -> str:
    return " ".join(f"{name} {_version(name)}" for name in ("numpy", "nrt", "pyxccd"))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def _read(path: Path) -> Result:
    held = json.loads(path.read_text())
    own, other = (None if one is None else Violations(**one) for one in held["laws"])
    looks = held["signature"] and signature_from_plain(held["signature"])
    scored = tally_from_plain(held["tally"])
    return Result(scored, held["seconds"], held["pixel_dates"], own, other, looks)


def _write(path: Path, result: Result) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    plain = {
        "tally": tally_to_plain(result.tally),
        "seconds": result.seconds,
        "pixel_dates": result.pixel_dates,
        "signature": result.signature and signature_to_plain(result.signature),
        "laws": [one and vars(one) for one in (result.own_law, result.other_law)],
    }
    part.write_text(json.dumps(plain) + "\n")
    part.replace(path)
