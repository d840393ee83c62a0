"""What imports torchvision loads, whether torchvision's operators do or not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from analysis.networks.operators import declare_missing_operators, library

BARE = """
import sys
sys.modules.pop("torchvision", None)
try:
    import torchvision
    print("whole")
except Exception as error:
    print("broken")
"""
DECLARED = """
import torch
from analysis.networks.operators import declare_missing_operators, library
print(declare_missing_operators())
library("timm"), library("lightning.pytorch"), library("transformers").SegformerConfig
if declare_missing_operators():
    try:
        torch.ops.torchvision.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    except NotImplementedError as error:
        print("refused")
"""


def said(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")


@pytest.mark.slow
def test_the_libraries_load_also_where_torchvision_alone_does_not():
    if importlib.util.find_spec("timm") is None:  # to import it here would spoil what is asked
        pytest.skip("timm is not installed")
    broken = said(BARE)[0] == "broken"
    first, *rest = said(DECLARED)
    assert first == ("('nms', 'qnms')" if broken else "()")
    assert ("refused" in rest) == broken


def test_declaring_twice_is_declaring_once():
    assert declare_missing_operators() == declare_missing_operators()


def test_a_library_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        library("no_such_library")
