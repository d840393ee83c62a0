"""Outputs that are blocked, foreign, damaged, full or made otherwise: said, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cube import open_cube
from cube.store import committer
from tests.pipelines.attempts import READING, written


def test_an_output_that_cannot_be_written_is_refused(run, archive, tmp_path):
    blocked = written(tmp_path / "file", "mine")
    assert run(output=blocked).refused("cannot write to the output folder", "--output")
    assert run(output=blocked / "below").refused("Not a directory")
    assert blocked.read_text() == "mine"


def test_files_of_others_in_the_output_are_left_alone(run, tmp_path):
    output = tmp_path / "outputs"
    (output / "cube").mkdir(parents=True)
    foreign = written(output / "cube/thesis.docx", "years of work")
    assert run(output=output).refused("holds files that are no cube")
    assert foreign.read_text() == "years of work"
    another = tmp_path / "another"
    another.mkdir()
    in_the_way = written(another / "validation", "a file where a folder belongs")
    assert run(output=another).refused("a file cannot be read or written", "Clear the way")
    assert in_the_way.read_text() == "a file where a folder belongs"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", b"\xff", '{"steps": []}', '{"steps": {"validate": {}}}',
     '{"steps": {"validate": {"key": "x"}}}', '{"steps": {}, "settings": 1}'],
)  # fmt: skip
def test_a_run_json_that_is_damaged_or_of_something_else_is_refused(run, tmp_path, text):
    path = written(tmp_path / "run.json", text)
    assert run(output=tmp_path).refused("no record of a run, or a damaged one", "Move it away")
    assert path.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_a_run_json_deletes_nothing_outside_its_folder(run, tmp_path):
    victim = written(tmp_path / "victim.txt", "precious")
    (tmp_path / "outputs").mkdir()
    steps = {"validate": {"key": "x", "files": {"../victim.txt": "y"}}}
    written(tmp_path / "outputs/run.json", json.dumps({"steps": steps}))
    assert run("--steps=validate").code == 0
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--slots.cadence_days=5"], ["slots.cadence_days=10, now it is 5", "same value"]),
        (["--slots.cadence_days=5", "--accept-changes"], ["cadence_days=10, now it is 5"]),
        (["--ingest.bands=core"], ["ingest.bands='all', now it is 'core'"]),
        (["--windows.size=96"], ["windows.size=64, now it is 96"]),
        (["--compliance.min_area_ha=0.2"], ["min_area_ha=0.1, now it is 0.2", "accept-changes"]),
        (["--period=2021-01-06/2021-02-28"], ["start is '2021-01-01' there", "2021-01-06"]),
    ],
)
def test_an_output_of_other_settings_is_refused_and_stays_as_it_was(run, copied, flags, words):
    assert run(*flags).refused(*words)
    again = run("--steps=validate..enforce")
    assert again.code == 0
    assert "Nothing to do" in again.said


def test_the_same_catalogue_may_lie_elsewhere_and_be_called_from_elsewhere(
    run, archive, copied, tmp_path, monkeypatch
):
    beside = tmp_path / 'it\'s "here" [b] ü'
    shutil.copytree(archive.folder, beside, copy_function=os.link)
    monkeypatch.chdir(beside)
    names = ("mines", "catalog", "leases", "zones")
    files = ("mines.geojson", "items.json", "leases.geojson", "zones.geojson")
    told = [f"--{name}={file}" for name, file in zip(names, files, strict=True)]
    assert "Nothing to do" in run(*told, "--steps=..enforce", output=Path("../outputs")).said
    ended = run(*told, "--steps=validate..zones", output=Path("out put [/b]"))
    assert ended.code == 0
    assert "  out put [/b]/cube" in ended.said


def test_two_runs_on_one_output_the_second_is_told_who_is_there(run, tmp_path):
    with committer(tmp_path / "outputs/cube"):
        assert run().refused("Another process is writing to the cube", f"process {os.getpid()}")
    assert run(READING).code == 0


@pytest.mark.parametrize("part", ["chunks", "manifests", "snapshots"])
def test_a_cube_with_files_gone_is_said_and_nothing_is_shown_as_whole(run, copied, part):
    alerts = (copied / "final/alerts/violation_alerts.csv").read_bytes()
    for file in (copied / "cube" / part).iterdir():
        file.unlink()
    told = ("--detection.baseline.sigma=0.017", "--accept-changes", "--steps=..enforce")
    assert run(*told).refused("the cube cannot be read or written")
    assert (copied / "final/alerts/violation_alerts.csv").read_bytes() == alerts


def test_one_chunk_gone_costs_its_mine(run, copied):
    chunks = sorted((copied / "cube/chunks").iterdir(), key=lambda file: file.stat().st_size)
    chunks[-1].unlink()
    told = ("--detection.baseline.sigma=0.017", "--accept-changes", "--steps=..enforce")
    ended = run(*told)
    assert ended.code == 3
    assert ended.said.count("failed: ") == 1
    assert "the cube cannot be read or written" in ended.said


def test_a_full_disk_is_said_and_the_same_command_goes_on(run, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        assert run(READING, output=disk / "outputs").refused("No space left")
        subprocess.run([*mount[:4], "remount,size=50m", str(disk)], check=True)
        assert run(READING, output=disk / "outputs").code == 0
        cube = open_cube(disk / "outputs/cube", chunks=None)
        assert not np.isnat(cube["searched_until"].values).any()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
