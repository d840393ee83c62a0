"""Forms whose every control has a name."""

from __future__ import annotations

import pytest

from cube.contract import CubeError
from dashboard.look import Fields


def test_a_field_without_a_label_is_refused():
    with pytest.raises(CubeError, match="needs a name, a label to be read by"):
        Fields(fields=[{"name": "state", "kind": "select"}])


def test_a_kind_that_there_is_not_is_refused():
    with pytest.raises(CubeError, match="a kind out of button, checks, date"):
        Fields(fields=[{"name": "state", "label": "State", "kind": "slider"}])


def test_only_a_button_of_the_form_can_be_pressed():
    form = Fields(fields=[{"name": "clear", "label": "Clear", "kind": "button"}])
    pressed = []
    form.param.watch(lambda event: pressed.append(event.new), "pressed")
    for message in ({"pressed": "clear"}, {"pressed": "other"}, "nonsense", {"pressed": "clear"}):
        form._handle_msg(message)
    assert pressed == ["clear", "clear"]
