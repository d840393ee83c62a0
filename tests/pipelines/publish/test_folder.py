"""The pointer and the publications beside each other: shown at once, kept, pruned."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from cube.contract import CubeError
from pipelines.publish import folder as publications
from pipelines.publish.folder import (
    ABOUT,
    FOLDER,
    MAKING,
    POINTER,
    begun,
    name_finished,
    point,
    prune,
    publisher,
    read_pointer,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def publication(root: Path, key: str, published_at: datetime, *, making: bool = False) -> Path:
    folder = root / (f"{MAKING}{key}" if making else key)
    folder.mkdir(parents=True)
    told = {
        "key": key,
        "run_key": "r",
        "run_id": "1",
        "failed": [],
        "ledger": {"entries": 0, "head": ""},
        "snapshots": {"cube": "C", "results": "R"},
        "published_at": published_at.isoformat(),
    }
    (folder / ABOUT).write_text(json.dumps(told))
    return folder


def pointer(output: Path, text: str) -> Path:
    path = output / FOLDER / POINTER
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return output


def test_before_anything_is_published_there_is_no_pointer(tmp_path):
    assert read_pointer(tmp_path) is None


def test_a_publication_is_shown_under_its_name_by_the_pointer(tmp_path):
    with publisher(tmp_path) as root:
        making = publication(root, "abc1", NOW, making=True)
        name_finished(making, "abc1")
        point(root, "abc1")
    shown = read_pointer(tmp_path)
    assert shown is not None
    assert (shown.key, shown.run_id, shown.snapshots) == (
        "abc1",
        "1",
        {"cube": "C", "results": "R"},
    )
    told = json.loads((tmp_path / FOLDER / "abc1" / ABOUT).read_text())
    assert told["published_at"] == shown.published_at
    assert not making.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": 1, "key": "a"', "is damaged"),
        ("[]", "holds no keys and values"),
        ('{"format": 0, "key": "a"}', "is of format 0, this version reads 1"),
        ('{"format": 1, "key": "a"}', "it lacks 'run_id'"),
        (
            '{"format": 1, "key": "../x", "run_id": "", "published_at": "", "snapshots": {}}',
            "'../x' is no publication",
        ),
    ],
)
def test_a_pointer_that_cannot_be_read_is_refused_with_the_remedy(tmp_path, text, said):
    with pytest.raises(CubeError, match=r"pipelines\.publish --output") as refused:
        read_pointer(pointer(tmp_path, text))
    assert said in str(refused.value)
    assert str(refused.value).endswith(f"--output {tmp_path}")


def test_the_newest_three_stay_and_so_does_what_is_younger_than_an_hour(tmp_path):
    ages = {"a5": 300, "a4": 240, "a3": 50, "a2": 40, "a1": 30, "a0": 20}  # minutes
    for key, minutes in ages.items():
        publication(tmp_path, key, NOW - timedelta(minutes=minutes))
    assert prune(tmp_path, "a0", NOW) == ["a4", "a5"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a0", "a1", "a2", "a3"]


def test_the_current_publication_stays_however_old(tmp_path):
    for number in range(5):
        publication(tmp_path, f"k{number}", NOW - timedelta(days=number))
    assert prune(tmp_path, "k4", NOW) == ["k3"]
    assert (tmp_path / "k4").is_dir()


def test_what_a_killed_publisher_left_of_another_publication_is_deleted(tmp_path):
    publication(tmp_path, "old", NOW, making=True)
    own = publication(tmp_path, "own", NOW, making=True)
    assert begun(tmp_path, "own") == own
    assert (own / ABOUT).exists()
    assert [p.name for p in tmp_path.iterdir()] == [own.name]


def test_half_deleted_publications_are_deleted_wholly_by_the_next(tmp_path):
    gone = tmp_path / FOLDER / f"{publications.GONE}x"
    gone.mkdir(parents=True)
    with publisher(tmp_path):
        assert not gone.exists()


def test_a_second_publisher_waits_and_then_says_who_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(publications, "WAIT_S", 0.05)
    (tmp_path / FOLDER).mkdir()
    with (
        FileLock(tmp_path / FOLDER / ".lock"),
        pytest.raises(CubeError, match="another process has been publishing"),
        publisher(tmp_path),
    ):
        pass
