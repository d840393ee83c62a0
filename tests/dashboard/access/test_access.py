"""The door: who comes in, and who is let do what at this moment."""

from __future__ import annotations

import pytest

from dashboard.access.access import WRONG, Access, AccessSettings, NotAllowed
from dashboard.access.attempts import AttemptLimits


@pytest.fixture
def access(tmp_path):
    access = Access(tmp_path, AccessSettings(attempts=AttemptLimits(per_pair=2)))
    access.password = access.first_admin()
    return access


def signed_in(access, name="admin", password=None):
    cookie, _ = access.sign_in(name, password or access.password, "10.0.0.1")
    return cookie


def test_the_first_start_makes_one_admin_and_says_the_password_once(access):
    assert access.first_admin() == ""
    assert access.visitor_of(signed_in(access)).is_admin


def test_a_restart_keeps_sessions_and_another_output_knows_none_of_them(access, tmp_path):
    cookie = signed_in(access)
    assert Access(tmp_path).visitor_of(cookie).name == "admin"
    assert Access(tmp_path / "other").visitor_of(cookie) is None
    assert Access(tmp_path).cookie == access.cookie
    assert Access(tmp_path / "other").cookie != access.cookie


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(access):
    for name in ("admin", "nobody"):
        with pytest.raises(NotAllowed) as refused:
            access.sign_in(name, "wrong password", "10.0.0.1")
        assert str(refused.value) == WRONG


def test_who_fails_too_often_waits_even_with_the_right_password(access):
    for _ in range(2):
        with pytest.raises(NotAllowed, match="do not go together"):
            access.sign_in("admin", "wrong password", "10.0.0.1")
    with pytest.raises(NotAllowed, match=r"Too many sign-ins failed\. Wait 15 minutes"):
        signed_in(access)


def test_what_was_typed_as_a_name_is_not_kept_unless_it_is_one(access):
    with pytest.raises(NotAllowed):
        access.sign_in("my secret password", "x", "10.0.0.1")
    assert "my secret password" not in access.audit.path.read_text()
    assert access.audit.read().entries[-1].who == "unknown"


def test_a_user_removed_while_signed_in_is_out_at_the_next_act(access):
    password = access.users.add("anna", "admin")
    anna = access.visitor_of(signed_in(access, "anna", password))
    assert access.admin(anna).name == "anna"
    access.users.remove("anna")
    with pytest.raises(NotAllowed, match="Your session is over"):
        access.admin(anna)


def test_a_role_taken_away_counts_at_once_whatever_the_page_was_told(access):
    password = access.users.add("anna", "admin")
    cookie = signed_in(access, "anna", password)
    anna = access.visitor_of(cookie)
    access.users.set_role("anna", "user")
    assert anna.is_admin  # what the page was told
    with pytest.raises(NotAllowed, match="Your session is over"):
        access.admin(anna)
    assert access.visitor_of(cookie) is None


def test_a_user_is_no_admin_and_nobody_is_none_either(access):
    password = access.users.add("anna", "user")
    anna = access.visitor_of(signed_in(access, "anna", password))
    with pytest.raises(NotAllowed, match="Only an admin may do that"):
        access.admin(anna)
    with pytest.raises(NotAllowed, match="Sign in as an admin"):
        access.admin(None)


def test_signing_out_ends_this_session_and_no_other(access):
    one, other = signed_in(access), signed_in(access)
    access.sign_out(one)
    assert access.visitor_of(one) is None
    assert access.visitor_of(other) is not None
