"""Users: who may sign in, as what; never without an admin."""

from __future__ import annotations

import stat

import pytest

from cube.contract import CubeError
from dashboard.access.users import Users


@pytest.fixture
def users(tmp_path):
    users = Users(tmp_path / "access")
    users.add("head", "admin")
    return users


def test_a_user_signs_in_with_the_password_that_was_said_once(users):
    password = users.add("Anna", "user")
    assert users.fits("anna", password).role == "user"
    assert users.fits("ANNA ", password).name == "anna"
    assert users.fits("anna", "wrong") is None
    assert users.fits("nobody", password) is None
    assert password not in users.path.read_text()


def test_the_file_is_its_owners_alone(users):
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(users.folder.stat().st_mode) == 0o700


def test_a_file_that_others_may_read_is_refused(users):
    users.path.chmod(0o644)
    with pytest.raises(CubeError, match=r"can be read by others\. Close it: chmod 600"):
        Users(users.folder).all()


def test_another_process_sees_a_change_at_once(users):
    other = Users(users.folder)
    assert set(other.all()) == {"head"}
    users.add("anna", "user")
    assert set(other.all()) == {"head", "anna"}


def test_the_last_admin_is_neither_removed_nor_made_a_user(users):
    for act in (lambda: users.remove("head"), lambda: users.set_role("head", "user")):
        with pytest.raises(CubeError, match="no admin would be left"):
            act()
    users.add("second", "admin")
    users.remove("head")
    assert set(users.all()) == {"second"}


def test_another_role_or_password_changes_the_stamp_that_sessions_stand_on(users):
    users.add("anna", "user")
    stamps = [users.get("anna").stamp]
    users.set_role("anna", "admin")
    stamps.append(users.get("anna").stamp)
    password = users.reset("anna")
    stamps.append(users.get("anna").stamp)
    assert len(set(stamps)) == 3
    assert users.fits("anna", password)
    users.set_role("anna", "admin")  # as it was: nobody is thrown out for nothing
    assert users.get("anna").stamp == stamps[-1]


def test_who_signs_in_elsewhere_has_no_password_that_fits(users):
    assert users.add("anna@example.org", "user", without_password=True) == ""
    assert users.fits("anna@example.org", "") is None


@pytest.mark.parametrize(
    "name", ["", "a b", "<script>", "anna\r\nSet-Cookie: x=1", "../etc", "run", "é", "x" * 65, "-a"]
)
def test_names_that_are_none_are_refused(users, name):
    with pytest.raises(CubeError, match="is no name of a user"):
        users.add(name, "user")


def test_a_role_there_is_not_and_a_name_that_is_taken_are_refused(users):
    with pytest.raises(CubeError, match="role is 'root', expected one of user, admin"):
        users.add("anna", "root")
    with pytest.raises(CubeError, match="there is a user head already"):
        users.add("HEAD", "user")
    with pytest.raises(CubeError, match="there is no user 'anna'; there are head"):
        users.remove("anna")


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2, "users": []}', '{"format": 1}'])
def test_a_damaged_file_is_said_in_words(users, text):
    users.path.write_text(text)
    with pytest.raises(CubeError, match="Bring it back from a copy"):
        users.all()
