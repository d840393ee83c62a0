"""How a command ends: its own code, 2 for bad input, 130 where it was stopped; always in words."""

from __future__ import annotations

import pytest

from cube.contract import CubeError
from pipelines.networks.ended import ended


def raising(error):
    def work():
        raise error

    return work


def test_what_went_well_keeps_its_code(capsys):
    assert ended(lambda: 3) == 3
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CubeError("radius is 0; give more."), 2, "error: radius is 0; give more."),
        (
            PermissionError(13, "Permission denied", "/srv/models"), 2,
            "error: /srv/models: Permission denied. Check the path, and that it may be written.",
        ),
        (OSError("the disk is gone"), 2, "error: the disk is gone"),
        (KeyboardInterrupt(), 130, "Stopped. Run the same command to go on."),
    ],
)  # fmt: skip
def test_what_went_wrong_is_said_in_words(error, code, said, capsys):
    assert ended(raising(error)) == code
    assert capsys.readouterr().err.strip() == said


def test_a_bug_of_ours_is_not_called_bad_input():
    with pytest.raises(ZeroDivisionError):
        ended(lambda: 1 // 0)
