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
from analysis.detectors import DETECTORS, Block, Detector, detector, settings_class
from cube.simulate import SiteSettings
from pipelines.evaluate.peers import PEERS, STEPS, peer
from pipelines.evaluate.peers.registry import NotInstalledError
from pipelines.evaluate.sites import Task, TrueSite, true_site
from pipelines.evaluate.variants import VARIANTS, variant

ROOT = Path(__file__).parents[2]

OURS = DETECTORS
"""Detectors of this house."""

NAMES = (*OURS, *PEERS)
"""Every detector that can be evaluated: ours first."""


@dataclass(frozen=True)
class Result:
    """One detector on one site. `note` says why there is nothing, and is empty otherwise."""

    tally: Tally
    seconds: float
    pixel_dates: int
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
    found = {}
    for name, path in kept.items():
        if path.exists():
            found[name] = _read(path)
            continue
        try:
            rule = rule_of(name, 365)
        except NotInstalledError as error:
            found[name] = Result(Tally(), 0.0, 0, str(error))
            continue
        site = site or true_site(task, settings)
        rule = rule_of(name, site.history_days)
        found[name] = _result(rule, site, STEPS.get(name, 1))
        _write(path, found[name])
    return found


def rule_of(name: str, history_days: int) -> Detector:
    """A detector or a peer, told how long its history is."""
    if name in PEERS:
        return peer(name, history_days)
    return detector(name.partition("@")[0], with_history(plain_settings(name), history_days))


def plain_settings(name: str) -> Any:
    """Settings of a detector of ours, or of a variant of it."""
    if name in VARIANTS:
        return variant(name)
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


def _result(rule: Detector, site: TrueSite, step: int) -> Result:
    block, reference = site.block, site.reference
    if step > 1:
        block, reference = every(block, step), reference.every(step)
    _warmed(rule)
    begun = time.perf_counter()
    found = rule(block)
    seconds = time.perf_counter() - begun
    return Result(tally(claim(found), reference), seconds, int(np.prod(block.shape)))


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
    rooms += ["pipelines/evaluate/sites.py", "pipelines/evaluate/run.py"]
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
    return Result(tally_from_plain(held["tally"]), held["seconds"], held["pixel_dates"])


def _write(path: Path, result: Result) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    plain = {
        "tally": tally_to_plain(result.tally),
        "seconds": result.seconds,
        "pixel_dates": result.pixel_dates,
    }
    part.write_text(json.dumps(plain) + "\n")
    part.replace(path)
