"""What a run's own record could have shown, asked of a finished run on simulated mines."""

from __future__ import annotations

import pandas as pd

from pipelines import detectability


def test_every_size_is_tried_and_no_alert_is_touched(small_run, capsys):
    alerts = (small_run / "final" / "alerts" / "violation_alerts.csv").read_bytes()
    asked = ["--output", str(small_run), "--cluster", "threads", "--mine", "SIM_001"]
    code = detectability.main(asked)
    said = capsys.readouterr().out
    table = small_run / "final" / "metrics" / "detectability.csv"
    try:
        assert code == 0, said
        sizes = pd.read_csv(table)
        assert sizes["mine_id"].unique().tolist() == ["SIM_001"]
        assert sizes["area_ha"].tolist() == [0.1, 0.2, 0.3, 0.5, 1.0, 2.0]
        assert (sizes["found"] <= sizes["trials"]).all()
        assert sizes["trials"].sum() > 0
        assert "of the outline cannot be judged" in said
    finally:
        table.unlink(missing_ok=True)
    assert (small_run / "final" / "alerts" / "violation_alerts.csv").read_bytes() == alerts


def test_a_mine_that_is_not_there_is_named_with_those_that_are(small_run, capsys):
    assert detectability.main(["--output", str(small_run), "--mine", "SIM_009"]) == 2
    assert "no results of mine 'SIM_009'; there are of SIM_000, SIM_001" in capsys.readouterr().err


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert detectability.main(["--output", str(tmp_path)]) == 2
    assert "has no run.json" in capsys.readouterr().err
