"""More dates and more mines read only what is new; single steps and dry runs do what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cube import history, open_cube, open_repository, open_results
from pipelines import full_run
from tests.conftest import run_arguments
from tests.pipelines.runs import assert_equal_groups, bits, outputs, stored

YEAR = "2021-01-01/2021-12-31"
"""37 slots of ten days; the last covers 2021-12-27 to 2022-01-05 and is cut short."""

PACKS = "final/evidence/"
"""An evidence pack names the files of the run and their hashes: another mines file, other bytes."""


@pytest.fixture(scope="module")
def mines_file(archive, tmp_path_factory):
    """Writes a file of some of the archive's mines, in the order asked for."""
    found = json.loads(archive.mines.read_text())
    folder = tmp_path_factory.mktemp("mines")

    def write(*wanted: str) -> Path:
        named = {f["properties"]["mine_id"]: f for f in found["features"]}
        file = folder / ("_".join(wanted) + ".geojson")
        file.write_text(json.dumps(found | {"features": [named[mine] for mine in wanted]}))
        return file

    return write


@pytest.fixture(scope="module")
def grown(archive, mines_file, tmp_path_factory):
    """One mine and one year; then a second mine; then a second year: the output after each."""
    output = tmp_path_factory.mktemp("grown") / "outputs"
    told = [*run_arguments(archive), f"--output={output}"]
    heads, facts = [], []
    for mines, period, steps in (
        (("SIM_001",), YEAR, "validate..regions"),
        (("SIM_000", "SIM_001"), YEAR, "validate..enforce"),
        (("SIM_000", "SIM_001"), "2021-01-01/2022-12-31", "validate.."),
    ):
        more = [f"--mines={mines_file(*mines)}", f"--period={period}", f"--steps={steps}"]
        assert full_run.main([*told, *more]) == 0
        heads.append(history(output / "cube").snapshot.iloc[0])
        facts.append(json.loads((output / "run.json").read_text())["steps"]["ingest"])
    return output, heads, facts


def changed(output: Path, before: str, after: str) -> dict[str, set[tuple[int, int]]]:
    """Which (window, slot) chunks of the imagery two snapshots differ in."""
    diff = open_repository(output / "cube").diff(from_snapshot_id=before, to_snapshot_id=after)
    names = ("/sentinel2/reflectance", "/sentinel2/quality")
    return {
        name: {(chunk[0], chunk[1]) for chunk in diff.updated_chunks.get(name, [])}
        for name in names
    }


def test_a_mine_added_reads_only_itself(grown):
    output, heads, facts = grown
    assert facts[0]["slots"] == facts[1]["slots"] == 37
    for chunks in changed(output, heads[0], heads[1]).values():
        assert {window for window, _ in chunks} == {1}
        assert len(chunks) > 30


def test_a_period_grown_by_a_year_reads_only_the_new_slots(grown):
    output, heads, facts = grown
    assert facts[2]["slots"] == 2 * 37  # 36 are new, and the one that 2021 cut short
    for chunks in changed(output, heads[1], heads[2]).values():
        assert min(slot for _, slot in chunks) >= 36
        assert {window for window, _ in chunks} == {0, 1}
    before = open_cube(output / "cube", raw=True, snapshot=heads[1]).isel(time=slice(36))
    after = open_cube(output / "cube", raw=True).isel(time=slice(36))
    for name in ("reflectance", "quality", "source_items", "acquired"):
        assert bits(before[name].values) == bits(after[name].values), name


def test_what_grew_ends_like_what_was_whole_from_the_beginning(grown, small_run):
    output, _, _ = grown
    whole = stored(small_run / "cube")
    for name, group in stored(output / "cube").items():
        assert group["mine_id"].values.tolist() == ["SIM_001", "SIM_000"]
        assert_equal_groups(group.isel(mine=[1, 0]), whole[name])
    files, expected = outputs(output), outputs(small_run)
    assert sorted(files) == sorted(expected)
    differ = [name for name in files if files[name] != expected[name]]
    assert [name for name in differ if not name.startswith(PACKS)] == []


def test_fewer_mines_and_a_shorter_period_take_nothing_from_the_cube(grown, archive, mines_file):
    output, _, _ = grown
    fewer = [f"--mines={mines_file('SIM_001')}", f"--period={YEAR}"]
    before = dict(open_cube(output / "cube").sizes)
    told = [*run_arguments(archive), *fewer, f"--output={output}", "--steps=validate..regions"]
    assert full_run.main(told) == 0
    assert json.loads((output / "run.json").read_text())["steps"]["ingest"]["slots"] == 2 * 37
    assert dict(open_cube(output / "cube").sizes) == before
    there = [p.name for p in sorted((output / "regions").iterdir())]
    assert there == ["mine_SIM_001_regions.json"]  # the other's would speak of a mine not asked for


def test_single_steps_end_well_and_the_next_takes_them_up(archive, small_run, tmp_path, capsys):
    short = [*run_arguments(archive), "--period=2021-01-01/2021-03-01", f"--output={tmp_path}"]
    assert full_run.main([*short, "--steps=validate,zones"]) == 0
    assert sorted(outputs(tmp_path)) == [
        "validation/rejected_mines.csv",
        "validation/step2_zone_assignments.csv",
        "validation/validated_mines.parquet",
    ]
    assert not (tmp_path / "cube").exists()
    assert full_run.main([*short, "--steps=detect"]) == 2
    assert "run the step ingest first" in capsys.readouterr().err
    assert full_run.main([*short, "--steps=ingest"]) == 0
    assert open_cube(tmp_path / "cube").sizes["time"] == 6
    assert "snapshots" in json.loads((tmp_path / "run.json").read_text())
    assert full_run.main([*short, "--steps=regions"]) == 2
    assert "run the step detect first" in capsys.readouterr().err
    assert full_run.main([*short, "--steps=detect..regions"]) == 0
    assert not open_results(tmp_path / "cube")["excavated"].any()  # two months prove nothing
    assert full_run.main([*short, "--steps=report"]) == 2
    assert "run the step enforce first" in capsys.readouterr().err
    assert full_run.main([*short, "--steps=enforce..report"]) == 0
    assert {name for name in outputs(small_run) if "final/reports/" in name} <= {*outputs(tmp_path)}
    assert full_run.main(short) == 0
    assert full_run.main(short) == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_a_dry_run_says_what_there_is_to_do_and_writes_nothing(archive, tmp_path, capsys):
    output = tmp_path / "outputs"
    assert full_run.main([*run_arguments(archive), f"--output={output}", "--dry-run"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "mines, windows 2, 2" in said
    assert "slots, bands 73, 6" in said
    items = len(json.loads(archive.items.read_text())["features"])
    assert f"items {items} (0 refused)" in said
    assert "No pixel was read, nothing was written (--dry-run)." in said
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_of_the_embedded_archive_leaves_no_archive(tmp_path, capsys):
    output = tmp_path / "outputs"
    tiny = ["--archive.mines=1", "--archive.size=64", "--archive.years=1"]
    assert full_run.main([f"--output={output}", *tiny, "--dry-run"]) == 0
    assert "mines, windows 1, 1" in " ".join(capsys.readouterr().out.split())
    assert list(tmp_path.iterdir()) == []


def test_other_rules_over_the_same_output_are_refused_by_name(archive, small_run, capsys):
    before = outputs(small_run)
    told = [*run_arguments(archive), f"--output={small_run}"]
    assert full_run.main([*told, "--regions.minimum_mapping_unit_ha=0.5"]) == 2
    said = capsys.readouterr().err
    assert "regions.minimum_mapping_unit_ha=0.1, now it is 0.5" in said
    assert full_run.main([*told, "--slots.cadence_days=5"]) == 2
    assert "slots.cadence_days=10, now it is 5" in capsys.readouterr().err
    assert outputs(small_run) == before
