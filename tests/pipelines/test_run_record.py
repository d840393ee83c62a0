"""run.json decides what a rerun repeats, and nothing half-written bears a final name."""

from __future__ import annotations

import os

import pytest

from cube.contract import CubeError
from pipelines.run_record import RunRecord, key_of, whole_file


def test_a_step_is_done_only_with_its_key_and_its_files_unchanged(tmp_path):
    record = RunRecord(tmp_path)
    made = tmp_path / "made.csv"
    made.write_text("a,b\n")
    record.finish("validate", "k1", 0.1, [made])
    assert RunRecord(tmp_path).done("validate", "k1")
    assert not RunRecord(tmp_path).done("validate", "k2")
    made.write_text("a,b\n1,2\n")
    assert not RunRecord(tmp_path).done("validate", "k1")
    made.unlink()
    assert not RunRecord(tmp_path).done("validate", "k1")


def test_other_settings_are_refused_by_name(tmp_path):
    record = RunRecord(tmp_path)
    record.begin({"slots": {"cadence_days": 10}, "output": "a"}, {})
    RunRecord(tmp_path).refuse_other({"slots": {"cadence_days": 10}, "output": "b"})
    with pytest.raises(CubeError, match=r"slots\.cadence_days=10, now it is 5"):
        RunRecord(tmp_path).refuse_other({"slots": {"cadence_days": 5}})
    with pytest.raises(CubeError, match="Give another --output, or the same value"):
        RunRecord(tmp_path).refuse_other({"slots": {"cadence_days": 5}}, accept=True)


def test_other_rules_are_redone_when_that_is_accepted(tmp_path):
    RunRecord(tmp_path).begin({"compliance": {"min_area_ha": 0.1}}, {})
    with pytest.raises(CubeError, match="or --accept-changes to redo what depends on it"):
        RunRecord(tmp_path).refuse_other({"compliance": {"min_area_ha": 0.2}})
    RunRecord(tmp_path).refuse_other({"compliance": {"min_area_ha": 0.2}}, accept=True)


def test_a_file_cut_short_never_bears_its_name(tmp_path):
    path = tmp_path / "alerts.csv"
    path.write_text("old")

    def write_half():
        with whole_file(path) as stream:
            stream.write("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert path.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alerts.csv"]


def test_a_damaged_record_is_said(tmp_path):
    (tmp_path / "run.json").write_text('{"steps": {')
    with pytest.raises(CubeError, match=r"run\.json is no record of a run, or a damaged one"):
        RunRecord(tmp_path)


def test_an_unwritable_output_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(CubeError, match="cannot write to the output folder"):
        RunRecord(blocked / "run")
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(CubeError, match="cannot write to the output folder"):
            RunRecord(tmp_path)


def test_equal_values_have_equal_keys_whatever_their_order():
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
