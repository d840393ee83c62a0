"""Which publication a page gets: the newest whole one, and kind words where there is none."""

from __future__ import annotations

import shutil

import pytest

from cube import CubeError
from dashboard.stored import Stored
from pipelines.publish.folder import FOLDER, MAKING, POINTER
from pipelines.publish.states import publish_states
from pipelines.verdicts import Verdict, enter_verdicts


@pytest.fixture
def copied(small_run, tmp_path):
    return shutil.copytree(small_run, tmp_path / "outputs")


def test_a_page_keeps_its_publication_while_the_next_one_appears(copied):
    stored = Stored(copied)
    first = stored.current()
    [alert] = first.alerts()["alert_id"]
    enter_verdicts(copied, [Verdict(alert, "confirmed", "A Person", "I went there")])
    key = publish_states(copied)
    assert stored.current_key() == key != first.key
    assert stored.current().alerts()["state"].tolist() == ["confirmed"]
    assert first.alerts()["state"].tolist() == ["open"]
    assert first.mine("SIM_001").alerts[0]["state"] == "open"
    assert stored.publication(first.key) is first


def test_the_same_publication_is_opened_once(small_run):
    stored = Stored(small_run)
    assert stored.current() is stored.current()


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CubeError, match=r"there is no folder .*nowhere"):
        Stored(tmp_path / "nowhere").current()


def test_an_output_without_a_publication_says_how_to_make_one(tmp_path):
    with pytest.raises(CubeError, match=r"no results in .* yet\. Run the main job"):
        Stored(tmp_path).current()
    assert Stored(tmp_path).current_key() is None


def test_a_first_publication_that_is_being_written_is_waited_for(tmp_path):
    (tmp_path / FOLDER / f"{MAKING}abc").mkdir(parents=True)
    with pytest.raises(CubeError, match="being written just now"):
        Stored(tmp_path).current()


def test_a_publication_of_an_older_version_says_how_to_renew_it(copied):
    pointer = copied / FOLDER / POINTER
    pointer.write_text(pointer.read_text().replace('"format": 1', '"format": 0'))
    stored = Stored(copied)
    with pytest.raises(CubeError, match="of format 0, this version reads 1"):
        stored.current()
    assert stored.current_key() is None


def test_a_publication_that_lost_files_is_said_to_be_damaged(copied):
    stored = Stored(copied)
    folder = copied / FOLDER / str(stored.current_key())
    (folder / "mines.parquet").write_bytes(b"PAR1")
    (folder / "mines" / "SIM_000.json").write_text('{"mine_id": "SIM_000"')
    publication = stored.current()
    with pytest.raises(CubeError, match=r"mines\.parquet is damaged .* Publish again"):
        publication.national()
    (folder / "publication.json").unlink()
    with pytest.raises(CubeError, match=r"publication\.json is damaged"):
        Stored(copied).current()


@pytest.mark.parametrize("key", ["..", "../..", "", "nothing", f"{MAKING}x", "a/b"])
def test_a_key_that_is_no_publication_opens_nothing(small_run, key):
    with pytest.raises(CubeError, match="there is no publication"):
        Stored(small_run).publication(key)


def test_only_a_few_publications_are_held_open(copied):
    stored = Stored(copied)
    first = stored.current()
    for number in range(5):
        key = f"copy{number}"
        shutil.copytree(first.folder, copied / FOLDER / key)
        stored.publication(key)
    assert first.key not in stored._open
    assert len(stored._open) == 4
