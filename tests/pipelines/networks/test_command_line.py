"""Flags become settings, checked as settings are."""

from __future__ import annotations

import argparse

import pytest

from cube.contract import CubeError
from pipelines.flags import add_group
from pipelines.networks.command_line import add_settings, settings_from
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.extra import end_without_networks
from pipelines.networks.settings import TrainSettings


def told(*flags):
    parser = argparse.ArgumentParser()
    add_settings(parser, TrainSettings)
    add_group(parser, "data", DatasetSettings)
    return parser.parse_args(flags)


def test_flags_are_settings_and_what_is_not_given_has_its_default():
    given = told("--network", "resnet18", "--batch-size", "8", "--loss.name", "focal",
                 "--deterministic", "true", "--data.size", "64",
                 "--data.splits.block_km", "5",
                 "--data.periods", "[2021-01-01/2021-12-31]")  # fmt: skip
    found = settings_from(given, TrainSettings)
    assert (found.network, found.batch_size, found.loss.name) == ("resnet18", 8, "focal")
    assert found.deterministic
    assert found.epochs == TrainSettings().epochs
    data = settings_from(given, DatasetSettings, "data.")
    assert (data.size, data.splits.block_km) == (64, 5)
    assert data.periods == ("2021-01-01/2021-12-31",)


def test_years_are_read_as_periods_however_they_are_written():
    for written in ("[2020, 2021]", "['2020', '2021']"):
        given = told("--data.periods", written)
        assert settings_from(given, DatasetSettings, "data.").periods == ("2020", "2021")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--network", "vgg"), "no network is called 'vgg'"),
        (("--epochs", "many"), "epochs is 'many': input should be a valid integer"),
        (("--loss.positive_weight", "-1"), "positive_weight is -1"),
    ],
)
def test_wrong_flags_are_refused(flags, message):
    with pytest.raises(CubeError, match=message):
        settings_from(told(*flags), TrainSettings)


def test_without_the_extra_the_remedy_is_said(capsys):
    with pytest.raises(SystemExit, match="2"):
        end_without_networks(ModuleNotFoundError("No module named 'timm'", name="timm.models"))
    assert 'pip install "minecube[networks]"' in capsys.readouterr().err


def test_another_missing_module_stays_an_error():
    with pytest.raises(ModuleNotFoundError, match="of_ours"):
        end_without_networks(ModuleNotFoundError("No module named 'of_ours'", name="of_ours"))


def test_whoever_stops_while_the_networks_are_imported_is_not_shown_a_traceback(capsys):
    with pytest.raises(SystemExit, match="130"):
        end_without_networks(KeyboardInterrupt())
    assert capsys.readouterr().err.strip() == "Stopped before anything was begun."
