"""A YAML file and flags become one checked configuration; what is wrong is named."""

from __future__ import annotations

import argparse
import re

import pytest
import yaml

from analysis.detectors.forest import ForestSettings
from cube.contract import CubeError
from pipelines.config import STEPS, run_config, settings_of
from pipelines.flags import add_arguments, overrides_of
from pipelines.full_run import chosen_steps


def told(tmp_path, **keys):
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(keys))
    return path


def flags(*arguments: str) -> dict:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_arguments(parser)
    return overrides_of(parser.parse_args(arguments))


def test_nothing_told_is_the_embedded_archive():
    config = run_config(None, {})
    assert config.embedded
    assert config.output == "outputs"
    assert config.slots.cadence_days == 10
    assert config.windows.size == 512


def test_the_command_line_wins_over_the_file(tmp_path):
    path = told(tmp_path, period="2021-01-01/2021-12-31", slots={"cadence_days": 5})
    config = run_config(path, flags("--period", "2020-01-01/2020-12-31"))
    assert config.period == "2020-01-01/2020-12-31"
    assert config.slots.cadence_days == 5
    assert run_config(path, flags("--slots.cadence_days", "15")).slots.cadence_days == 15


def test_every_key_of_the_file_is_a_flag_and_takes_its_own_default_back():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_arguments(parser)
    known = {action.dest for action in parser._actions}

    def keys(tree: dict, prefix: str = ""):
        for key, value in tree.items():
            if isinstance(value, dict) and value and f"{prefix}{key}" not in known:
                yield from keys(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}", value

    defaults = run_config(None, {})
    for key, value in keys(settings_of(defaults)):
        assert key in known, f"--{key} is missing"
        if value not in ("", None):
            text = yaml.safe_dump(value, default_flow_style=True, width=10**6).split("\n")[0]
            flag = flags(f"--{key}", text)
            assert run_config(None, flag) == defaults


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"catalogue": "x"}, "unknown configuration key catalogue. Did you mean catalog?"),
        ({"slots": {"cadence": 5}}, "slots.cadence. Did you mean slots.cadence_days?"),
        ({"slots": 5}, "slots is a group of settings, not 5"),
        ({"slots": {"cadence_days": "often"}}, "slots.cadence_days"),
        ({"slots": {"cadence_days": 0}}, "cadence_days is 0"),
        ({"ingest": {"loader": "gdal"}}, "ingest.loader"),
        ({"validation": {"min_area_ha": -1}}, "min_area_ha is -1"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, keys, message):
    with pytest.raises(CubeError, match=re.escape(message)):
        run_config(told(tmp_path, **keys), {})


def test_a_file_that_is_no_yaml_is_said(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("a: [")
    with pytest.raises(CubeError, match="is not YAML"):
        run_config(path, {})
    path.write_text("- 1")
    with pytest.raises(CubeError, match="holds a list"):
        run_config(path, {})
    with pytest.raises(CubeError, match="there is no configuration file"):
        run_config(tmp_path / "none.yaml", {})


def test_settings_come_back_from_what_run_json_keeps():
    config = run_config(None, {"detection.onset_backdating": 0.25})
    assert run_config(None, settings_of(config)) == config


def test_steps_are_named_one_by_one_or_from_one_to_another():
    assert chosen_steps("detect,validate") == ("validate", "detect")
    assert chosen_steps("detect..enforce") == ("detect", "regions", "enforce")
    assert chosen_steps("regions..") == STEPS[STEPS.index("regions") :]
    with pytest.raises(CubeError, match="unknown step 'deploy'"):
        chosen_steps("deploy")


def test_a_detector_is_chosen_by_name_and_the_core_keeps_its_settings(tmp_path):
    assert run_config(None, {}).detector_settings == run_config(None, {}).detection
    path = told(tmp_path, detection={"onset_backdating": 0.5})
    assert run_config(path, {}).detector_settings.onset_backdating == 0.5
    assert run_config(path, flags("--detector", "forest")).detector_settings == ForestSettings()


def test_a_detector_nobody_knows_is_refused():
    with pytest.raises(CubeError, match="no detector is called 'forrest'; known are confirmation"):
        run_config(None, {"detector": "forrest"})
