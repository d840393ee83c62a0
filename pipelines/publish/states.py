"""A publication and the ledger in; the same with what persons have said of its alerts since, out.

It takes seconds, and the files of the publication that is read now: what a run at work has
already replaced is not in it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from analysis.ledger import Chain
from cube.contract import CubeError
from pipelines.ledger_file import read_ledger
from pipelines.publish.files import link_tree
from pipelines.publish.folder import about, begun, name_finished, point, publisher, read_pointer
from pipelines.publish.found import found
from pipelines.publish.publication import FILES, RECORD, Told, publication_key, write_tables


def publish_states(output: Path) -> str:
    """Publish what persons have said of the alerts since: the publication's key.

    Raises
    ------
    CubeError
        If nothing was published yet, or the ledger is broken.
    """
    with publisher(output) as root:
        pointer = read_pointer(output)
        if pointer is None:
            raise CubeError(f"nothing is published in {output} yet: python -m pipelines.publish.")
        before = root / pointer.key
        said = about(before)
        ledger = _persons_word(read_ledger(output), int(said["ledger"]["entries"]))
        if ledger.head == said["ledger"]["head"]:
            return pointer.key
        key = publication_key(said["run_key"], ledger, said["failed"])
        if not (root / key).exists():
            _write_states(root, key, before, said, ledger, output)
        point(root, key)
        return key


def _write_states(
    root: Path, key: str, before: Path, said: Mapping[str, Any], ledger: Chain, output: Path
) -> None:
    """A publication like the one before, but for the alerts that a person spoke of since."""
    making = begun(root, key)
    shutil.rmtree(making, ignore_errors=True)
    link_tree(before, making, ("files", "pictures", "sheets"))
    record = json.loads((making / FILES / RECORD).read_text(encoding="utf-8"))
    read = found(making / FILES, record, ledger)
    spoken = {entry.alert_id for entry in ledger.entries[said["ledger"]["entries"] :]}
    touched = set(read.alerts.loc[read.alerts["alert_id"].isin(spoken), "mine_id"])
    untouched = frozenset(set(read.mines["mine_id"]) - touched)
    names = [field.name for field in fields(Told)]
    told = Told(**{name: said[name] for name in names})
    repository = said["cube"] or str(output / "cube")
    write_tables(making, key, told, read, repository, before, untouched, said["ledger"]["entries"])
    name_finished(making, key)


def _persons_word(ledger: Chain, published: int) -> Chain:
    """The ledger as it was published, and what persons have said of its alerts since.

    What a run has entered since is of results that nobody sees yet.
    """
    known = {entry.alert_id for entry in ledger.entries[:published]}
    later = [
        entry
        for entry in ledger.entries[published:]
        if entry.act == "verdict" and entry.alert_id in known
    ]
    return Chain((*ledger.entries[:published], *later))
