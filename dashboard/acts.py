"""What an admin does: each act checks who it is, does it, and enters it in the audit trail.

A page may hide a button; whether somebody may act is decided here, at the moment of the act.
Acts take seconds: call them from a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from analysis.ledger import Number
from cube.contract import CubeError
from dashboard.access import Access, NotAllowed, Visitor
from dashboard.access.audit import DONE, FAILED, REFUSED
from dashboard.law.drafts import Draft, Drafts
from dashboard.runs import Run, Runs, run_order, trial_order
from dashboard.runs.orders import preview_order, retrain_order, typed_settings
from pipelines.publish import publish_states
from pipelines.verdicts import Verdict, enter_verdicts

T = TypeVar("T")

log = logging.getLogger(__name__)

LONGEST_REASON = 1_000
"""Letters of a reason; the ledger keeps it for good."""


class Acts:
    """The acts over one output."""

    def __init__(self, output: Path, access: Access, runs: Runs, drafts: Drafts) -> None:
        self.output = output
        self.access = access
        self.runs = runs
        self.drafts = drafts

    def start_run(
        self, by: Visitor | None, first: str = "", last: str = "", settings: str = "",
        accept: bool = False,
    ) -> Run:  # fmt: skip
        """The main job again: with other dates, other settings, or to go on.

        first, last : days, as 2023-12-31; "" leaves what the run before was told
        settings : lines as `detection.confirmation.strong: 12`
        accept : do again what was computed by other rules
        """
        told = {"first": first, "last": last, "settings": settings, "accept": str(accept)}

        def work(who: str) -> Run:
            changes = typed_settings(settings)
            if first or last:
                changes["period"] = f"{first}/{last}"
            title = f"Run {first} to {last}" if first or last else "Run"
            title += f" with {', '.join(typed_settings(settings))}" if settings.strip() else ""
            return self.runs.start(run_order(self.output, changes, accept, title[:200]), who)

        return self._do(by, "run.start", "", work, told)

    def start_trial(
        self, by: Visitor | None, mine_id: str, settings: str = "", first: str = "", last: str = ""
    ) -> Run:
        """The main job on one mine, into an output of its own; what is published stays."""
        told = {"settings": settings, "first": first, "last": last}

        def work(who: str) -> Run:
            changes = typed_settings(settings)
            if first or last:
                changes["period"] = f"{first}/{last}"
            return self.runs.start(trial_order(self.output, mine_id, changes), who)

        return self._do(by, "run.trial", mine_id, work, told)

    def retrain(self, by: Visitor | None) -> Run:
        """Grow every mine's Isolation Forest anew."""
        return self._do(
            by, "forests.retrain", "", lambda who: self.runs.start(retrain_order(self.output), who)
        )

    def stop_run(self, by: Visitor | None, id_: str, at_once: bool = False) -> None:
        """Stop a run as Ctrl-C does, or at once; it goes on when it is started again."""
        act = "run.kill" if at_once else "run.stop"
        self._do(by, act, id_, lambda who: self.runs.stop(id_, who, at_once))

    def judge(
        self, by: Visitor | None, alert_id: str, state: str, why: str, visited: str = ""
    ) -> str:
        """Confirm, dismiss or retract an alert; everybody sees it at once. What came of it."""

        def work(who: str) -> str:
            if len(why) > LONGEST_REASON:
                raise CubeError(f"the reason has {len(why):,} letters, {LONGEST_REASON:,} at most.")
            verdict = Verdict(alert_id, state, who, why.strip(), visited)
            chain, count = enter_verdicts(self.output, [verdict])
            if not count:
                raise CubeError("nothing to enter: the ledger has these very words already.")
            entered = f"entry {len(chain.entries)} of the ledger, sealed with {chain.head[:12]}"
            try:
                publish_states(self.output)
            except CubeError as error:  # it is entered all the same
                return f"{entered}; not shown yet: {error}"
            return entered

        return self._do(by, f"alert.{state[:20]}", alert_id, work, {"why": why, "visited": visited})

    def preview_law(self, by: Visitor | None, draft_id: str) -> Run:
        """Try a draft of law on what is published; nothing is changed."""

        def work(who: str) -> Run:
            draft = self.drafts.get(draft_id)
            run = self.runs.start(
                preview_order(self.output, {draft.layer: self.drafts.path(draft)}), who
            )
            self.drafts.tried(draft, run.id)
            return run

        return self._do(by, "law.preview", draft_id, work)

    def apply_law(self, by: Visitor | None, draft_id: str) -> Run:
        """Put a draft into force: a run judges by it, and the law before it is kept."""

        def work(who: str) -> Run:
            draft = self.drafts.get(draft_id)
            given = self.drafts.given(draft)
            title = f"Run with {draft.layer} {draft.name}"
            order = run_order(self.output, {draft.layer: str(given)}, title=title, kind="law")
            run = self.runs.start(order, who)
            self.drafts.discard(draft_id)
            return run

        return self._do(by, "law.apply", draft_id, work)

    def discard_law(self, by: Visitor | None, draft_id: str) -> Draft:
        """Take a draft away."""
        return self._do(by, "law.discard", draft_id, lambda _: self.drafts.discard(draft_id))

    def add_user(self, by: Visitor | None, name: str, role: str, elsewhere: bool = False) -> str:
        """A new user; the password, to be handed over. elsewhere : signs in by OAuth."""
        return self._do(
            by, "user.add", name, lambda _: self.access.users.add(name, role, elsewhere),
            {"role": role},
        )  # fmt: skip

    def remove_user(self, by: Visitor | None, name: str) -> None:
        """Take a user away, and out of every open page."""
        self._do(by, "user.remove", name, lambda _: self.access.users.remove(name))

    def set_role(self, by: Visitor | None, name: str, role: str) -> None:
        """Another role; the user signs in again."""
        work = lambda _: self.access.users.set_role(name, role)  # noqa: E731 - as its neighbours
        self._do(by, "user.role", name, work, {"role": role})

    def reset_password(self, by: Visitor | None, name: str) -> str:
        """A new password, to be handed over; the user signs in again."""
        return self._do(by, "user.reset", name, lambda _: self.access.users.reset(name))

    def _do(
        self,
        by: Visitor | None,
        act: str,
        subject: str,
        work: Callable[[str], T],
        told: Mapping[str, Number] | None = None,
    ) -> T:
        """Check, do, enter: nothing is done that cannot be entered."""
        audit = self.access.audit
        kept = {name: value for name, value in (told or {}).items() if value not in ("", None)}
        try:
            who = self.access.admin(by).name
        except NotAllowed as refused:
            audit.enter(by.name if by else "nobody", act, subject, REFUSED, str(refused), kept)
            raise
        audit.ready()
        try:
            result = work(who)
        except (CubeError, OSError) as error:
            audit.enter(who, act, subject, FAILED, str(error), kept)
            raise
        except Exception as error:  # a fault of ours is entered and said as well
            log.exception("%s failed", act)
            said = f"that failed within ({type(error).__name__}); the server's log has more."
            audit.enter(who, act, subject, FAILED, said, kept)
            raise CubeError(said) from error
        audit.enter(who, act, subject, DONE, _said(result), kept)
        return result


def _said(result: Any) -> str:
    """What of an act's result the trail keeps; a password is never among it."""
    return f"{result.title} ({result.id})" if isinstance(result, Run) else ""
