"""Acts: only an admin of this moment acts, and everything is entered, refusals too."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest

from analysis.alert_states import alert_records
from cube.contract import CubeError
from dashboard.access import Access, NotAllowed
from dashboard.acts import Acts
from dashboard.law.drafts import Drafts
from dashboard.runs import Runs
from dashboard.stored import Stored
from pipelines.ledger_file import read_ledger


@pytest.fixture
def acts(tmp_path, monkeypatch):
    monkeypatch.setattr("dashboard.access.passwords.COST", 2**4)
    return acts_over(tmp_path / "outputs")


def acts_over(output):
    output.mkdir(exist_ok=True)
    access = Access(output)
    access.password = access.first_admin()
    return Acts(output, access, Runs(output), Drafts(output, access.folder))


def visitor(acts, name="admin", role="admin"):
    """Somebody who has signed in."""
    password = acts.access.password if name == "admin" else acts.access.users.add(name, role)
    return acts.access.visitor_of(acts.access.sign_in(name, password, "10.0.0.1")[0])


def entered(acts):
    """The last line of the trail: who, what, of what, how it went, what was said."""
    one = acts.access.audit.read().entries[-1]
    return one.who, one.act, one.alert_id, one.state, one.why


EVERY_ACT = {
    "start_run": lambda acts, by: acts.start_run(by),
    "start_trial": lambda acts, by: acts.start_trial(by, "SIM_000"),
    "retrain": lambda acts, by: acts.retrain(by),
    "stop_run": lambda acts, by: acts.stop_run(by, "20261121-062429-0001"),
    "judge": lambda acts, by: acts.judge(by, "a", "confirmed", "seen"),
    "preview_law": lambda acts, by: acts.preview_law(by, "x"),
    "apply_law": lambda acts, by: acts.apply_law(by, "x"),
    "discard_law": lambda acts, by: acts.discard_law(by, "x"),
    "add_user": lambda acts, by: acts.add_user(by, "eve", "admin"),
    "remove_user": lambda acts, by: acts.remove_user(by, "admin"),
    "set_role": lambda acts, by: acts.set_role(by, "anna", "admin"),
    "reset_password": lambda acts, by: acts.reset_password(by, "admin"),
}


def test_every_act_there_is_is_tried_below():
    public = {name for name in vars(Acts) if not name.startswith("_")}
    assert public == set(EVERY_ACT)


@pytest.mark.parametrize("act", EVERY_ACT)
def test_a_user_may_do_nothing_and_the_try_is_entered(acts, act):
    anna = visitor(acts, "anna", "user")
    before = acts.access.users.path.read_text()
    with pytest.raises(NotAllowed, match="Only an admin may do that"):
        EVERY_ACT[act](acts, anna)
    assert acts.access.users.path.read_text() == before
    assert acts.runs.recent() == []
    who, _, _, outcome, said = entered(acts)
    assert (who, outcome, said) == ("anna", "refused", "Only an admin may do that.")


@pytest.mark.parametrize("act", EVERY_ACT)
def test_nobody_may_do_anything_either(acts, act):
    with pytest.raises(NotAllowed, match="Sign in as an admin"):
        EVERY_ACT[act](acts, None)
    assert entered(acts)[0] == "nobody"


def test_an_admin_who_was_removed_meanwhile_does_nothing_more(acts):
    anna = visitor(acts, "anna", "admin")
    acts.remove_user(visitor(acts), "anna")
    with pytest.raises(NotAllowed, match="Your session is over"):
        acts.add_user(anna, "eve", "admin")
    assert set(acts.access.users.all()) == {"admin"}


def test_a_role_that_is_written_into_a_page_by_hand_counts_for_nothing(acts):
    forged = replace(visitor(acts, "anna", "user"), role="admin")
    assert forged.is_admin
    with pytest.raises(NotAllowed, match="Only an admin may do that"):
        acts.add_user(forged, "eve", "admin")


def test_what_was_done_is_entered_without_the_password(acts):
    password = acts.add_user(visitor(acts), "Anna", "user")
    assert entered(acts)[:4] == ("admin", "user.add", "Anna", "done")
    assert password not in acts.access.audit.path.read_text()


def test_what_failed_is_entered_with_the_reason(acts):
    with pytest.raises(CubeError, match="no admin would be left"):
        acts.remove_user(visitor(acts), "admin")
    assert entered(acts) == ("admin", "user.remove", "admin", "failed",
                             "no admin would be left. Make another admin first.")  # fmt: skip


def test_nothing_is_done_that_could_not_be_entered(acts):
    by = visitor(acts)
    acts.access.audit.path.write_text("")
    with pytest.raises(CubeError, match="was changed or cut off"):
        acts.add_user(by, "anna", "user")
    assert set(acts.access.users.all()) == {"admin"}


def test_a_fault_of_ours_is_entered_and_said_as_well(acts, monkeypatch):
    monkeypatch.setattr(acts.access.users, "remove", lambda _: {}["oops"])
    with pytest.raises(CubeError, match=r"that failed within .KeyError."):
        acts.remove_user(visitor(acts), "admin")
    assert entered(acts)[3] == "failed"


def test_a_verdict_is_entered_in_the_ledger_and_shown_at_once(own_run, monkeypatch):
    monkeypatch.setattr("dashboard.access.passwords.COST", 2**4)
    acts = acts_over(own_run)
    alert = gpd.read_parquet(own_run / "final/alerts/violation_alerts.parquet")["alert_id"].iloc[0]
    reason = "Seen <script>alert(1)</script> on the ground"
    said = acts.judge(visitor(acts), alert, "confirmed", reason, "2023-11-08")
    record = alert_records(read_ledger(own_run).entries)[alert]
    assert (record.state, record.last.who, record.last.why) == ("confirmed", "admin", reason)
    assert record.last.hash[:12] in said
    shown = Stored(own_run).current().alerts().set_index("alert_id")
    assert shown.loc[alert, "state"] == "confirmed"
    assert entered(acts)[:4] == ("admin", "alert.confirmed", alert, "done")
    with pytest.raises(CubeError, match="has these very words already"):
        acts.judge(visitor(acts), alert, "confirmed", reason, "2023-11-08")


@pytest.mark.parametrize(
    ("alert", "state", "why", "said"),
    [
        ("nothing", "confirmed", "seen", "there is no alert|no alerts yet"),
        ("a", "superseded", "seen", "state is 'superseded'"),
        ("a", "confirmed", "  ", "why is empty"),
        ("a", "confirmed", "two\nlines", "control characters"),
        ("a", "confirmed", "x" * 100_000, "100,000 letters"),
    ],
)
def test_a_verdict_that_is_none_is_refused(acts, alert, state, why, said):
    with pytest.raises(CubeError, match=said):
        acts.judge(visitor(acts), alert, state, why)
    assert entered(acts)[3] == "failed"
