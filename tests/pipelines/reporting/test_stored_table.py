"""Names that look like numbers, or like nothing, stay names."""

import numpy as np

from pipelines.reporting.stored_table import stored_table


def test_names_stay_text_and_numbers_are_numbers(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("mine_id,alert_id,area_ha,reason\nNaN,1e5,0.50,\n007,NA,,None\n")
    table = stored_table(path)
    assert table["mine_id"].tolist() == ["NaN", "007"]
    assert table["alert_id"].tolist() == ["1e5", "NA"]
    assert table["reason"].tolist() == ["", "None"]
    assert table["area_ha"].tolist()[0] == 0.5
    assert np.isnan(table["area_ha"].tolist()[1])


def test_a_table_that_no_step_left_has_no_rows(tmp_path):
    assert len(stored_table(tmp_path / "none.csv")) == 0
