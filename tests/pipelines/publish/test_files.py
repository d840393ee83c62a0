"""What of a run's files a publication keeps: the bytes of the day, whatever a run does next."""

from __future__ import annotations

from pathlib import Path

from pipelines.publish.files import keep_files
from pipelines.run_record import whole_file


def left(output: Path, **files: str) -> Path:
    for name, text in files.items():
        path = output / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return output


def test_a_file_that_a_run_replaces_stays_as_it_was(tmp_path):
    output = left(tmp_path / "outputs", final__alerts__a_DOT_csv="before")
    assert keep_files(output, tmp_path / "kept") == 1
    kept = tmp_path / "kept/final/alerts/a.csv"
    assert kept.samefile(output / "final/alerts/a.csv")  # no second copy on the disk
    with whole_file(output / "final/alerts/a.csv") as stream:
        stream.write("after")
    assert kept.read_text() == "before"


def test_a_file_that_other_programs_write_into_is_copied(tmp_path):
    output = left(tmp_path / "outputs", final__gis__m_DOT_gpkg="before")
    keep_files(output, tmp_path / "kept")
    (output / "final/gis/m.gpkg").write_text("styled")
    assert (tmp_path / "kept/final/gis/m.gpkg").read_text() == "before"


def test_halves_of_files_links_and_what_is_no_result_stay_behind(tmp_path):
    output = left(
        tmp_path / "outputs",
        ledger_DOT_jsonl="{}",
        final__x_DOT_csv="x",
        cube__chunks="c",
        regions_DOT_parquet="r",
    )
    (output / "final/.part-y.csv").write_text("half")
    (tmp_path / "secret").write_text("s")
    (output / "final/link.csv").symlink_to(tmp_path / "secret")
    (output / "validation").symlink_to(tmp_path)
    kept = tmp_path / "kept"
    keep_files(output, kept)
    found = {p.relative_to(kept).as_posix() for p in kept.rglob("*") if p.is_file()}
    assert found == {"final/x.csv", "regions.parquet"}


def test_keeping_again_takes_the_files_of_now(tmp_path):
    output = left(tmp_path / "outputs", final__x_DOT_csv="one")
    keep_files(output, tmp_path / "kept")
    (output / "final/x.csv").unlink()
    left(output, final__x_DOT_csv="two")
    keep_files(output, tmp_path / "kept")
    assert (tmp_path / "kept/final/x.csv").read_text() == "two"
