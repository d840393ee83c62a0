"""A publisher killed at any moment, or out of disk: readers see a whole publication throughout."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from dashboard.stored import Stored
from pipelines.publish.__main__ import main
from pipelines.publish.folder import FOLDER, MAKING, read_pointer
from pipelines.publish.soundness import is_sound
from pipelines.publish.states import publish_states
from pipelines.verdicts import Verdict, enter_verdicts
from tests.pipelines.processes import PATIENCE_S, kill_group, started

KILLS = 8


def shown(output: Path) -> str | None:
    """The key that readers are pointed to; what is there under it must be whole."""
    pointer = read_pointer(output)
    if pointer is None:
        return None
    assert is_sound(output / FOLDER / pointer.key)
    publication = Stored(output).current()
    for mine in publication.national()["mine_id"]:
        page = publication.mine(mine)
        assert publication.sheet(mine, "state", page.years[-1])
    return pointer.key


def making(root: Path) -> bool:
    return any(root.glob(f"{MAKING}*"))


def wait_for_work(process: subprocess.Popen, root: Path) -> None:
    """Until the publisher is past its imports and has begun."""
    until = time.monotonic() + PATIENCE_S
    while not making(root) and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.002)


def contents(folder: Path) -> dict[str, bytes]:
    """What a publication says, but for when it was published."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    found.pop("publication.json")
    return found


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_publisher_killed_at_any_moment_leaves_the_one_before_or_a_whole_new_one(
    small_run, tmp_path
):
    output = Path(shutil.copytree(small_run, tmp_path / "outputs"))
    old = shown(output)
    root = output / FOLDER
    undisturbed = shutil.copytree(root / str(old), tmp_path / "undisturbed")
    [alert] = Stored(output).current().alerts()["alert_id"]
    (root / "current.json").unlink()
    (root / str(old)).rename(root / "before")  # nothing to link from: everything is drawn
    told = ("-m", "pipelines.publish", f"--output={output}", "--cluster=threads")
    begun = time.monotonic()
    with started(*told) as process:
        wait_for_work(process, root)
        begun = time.monotonic()
        assert process.wait(PATIENCE_S) == 0
    whole_s = time.monotonic() - begun
    assert shown(output) == old
    moments = random.Random(20261121)
    states = ("confirmed", "dismissed")
    for number in range(KILLS):
        last = shown(output)
        enter_verdicts(output, [Verdict(alert, states[number % 2], "A Person", f"visit {number}")])
        if number % 2:  # every other one has everything to draw
            (root / "current.json").unlink(missing_ok=True)
            last = None
        with started(*told) as process:
            wait_for_work(process, root)
            until = time.monotonic() + moments.uniform(0.0, whole_s * (1.0 if number % 2 else 0.5))
            while time.monotonic() < until and process.poll() is None:
                assert shown(output) is not None or last is None
            kill_group(process)
        now = shown(output)
        assert now is not None or last is None
    assert main(list(told[2:])) == 0
    key = shown(output)
    assert not making(root)
    mine = Stored(output).current().mine("SIM_001")
    assert mine.alerts[0]["state"] == states[(KILLS - 1) % 2]
    found, expected = contents(root / str(key)), contents(Path(undisturbed))
    sheets = [name for name in expected if name.startswith("sheets/")]
    assert sheets
    assert [name for name in sheets if found[name] != expected[name]] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_verdicts_killed_while_they_are_published_are_published_by_the_next(copied):
    root = copied / FOLDER
    [alert] = Stored(copied).current().alerts()["alert_id"]
    moments = random.Random(7)
    for number in range(4):
        state = ("confirmed", "dismissed")[number % 2]
        enter_verdicts(copied, [Verdict(alert, state, "A Person", f"visit {number}")])
        before = shown(copied)
        with started("-m", "pipelines.publish", f"--output={copied}", "--states") as process:
            wait_for_work(process, root)
            time.sleep(moments.uniform(0.0, 0.3))
            kill_group(process)
        assert shown(copied) is not None
        key = publish_states(copied)
        assert key == shown(copied) != before
        assert Stored(copied).current().alerts()["state"].tolist() == [state]


def test_a_full_disk_is_said_and_readers_keep_what_they_had(small_run, tmp_path, capsys):
    disk = tmp_path / "disk"
    disk.mkdir()
    kilobytes = sum(p.stat().st_size for p in small_run.rglob("*") if p.is_file()) // 1000
    mount = ["mount", "-t", "tmpfs", "-o", f"size={3 * kilobytes + 5000}k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        output = Path(shutil.copytree(small_run, disk / "outputs"))
        before = shown(output)
        [alert] = Stored(output).current().alerts()["alert_id"]
        enter_verdicts(output, [Verdict(alert, "confirmed", "A Person", "I went there")])
        free = shutil.disk_usage(disk).free
        (disk / "ballast").write_bytes(b"x" * (free - 60_000))
        told = [f"--output={output}", "--cluster=threads"]
        assert main(told) == 2
        assert "No space left" in capsys.readouterr().err
        assert shown(output) == before
        (disk / "ballast").unlink()
        assert main(told) == 0
        assert shown(output) != before
    finally:
        subprocess.run(["umount", str(disk)], check=True)
