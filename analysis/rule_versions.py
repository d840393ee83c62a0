"""What a run enters in the ledger in, the same with the version of the rule behind each out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.ledger import Act
from analysis.rules import LawRules


def with_versions(acts: Sequence[Act], rules: LawRules) -> list[Act]:
    """Acts whose numbers name a rule also say its version and hash.

    An act on an alert of a rule that is no longer in the set says nothing more than before.
    """
    by_name = {one.rule: one for one in rules.rules}
    told = []
    for act in acts:
        law = by_name.get(str(act.numbers.get("rule")))
        if law is None:
            told.append(act)
            continue
        version = {"rule_version": law.version, "rule_sha256": law.sha256}
        told.append(replace(act, numbers={**act.numbers, **version}))
    return told
