"""A list of fields in, a form of the browser's own controls out, each with a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from cube.contract import CubeError
from dashboard.look.sheets import CONTROLS

KINDS = (
    *("button", "checks", "date", "number", "password"),
    *("range", "search", "select", "text", "textarea"),
)


class Fields(JSComponent):
    """A form; Bokeh's own sliders, date pickers and multiple choices have no accessible names.

    Attributes
    ----------
    label : str
        What a screen reader calls the form.
    fields : list of dict
        Each with `name`, `label` and `kind` (one of `KINDS`); `options` (texts, or dicts of value,
        label, sign, colour) of `select` and `checks`; `min`, `max`, `step` of `number`, `range`
        and `date`; `percent` or `unit` of a `range`; `placeholder`, `help`, `required`,
        `maxLength`; `rest`, the value that the address does not name.
    values : dict
        By name: text, number or None, list of texts of `checks`; a date is YYYY-MM-DD or "".
        What comes from a browser is anything: check it.
    address : bool
        Whether the page's address names the values, so that it can be sent to somebody.
    pressed : str
        The button pressed last; an event at every press.
    """

    label = param.String("Choices")
    fields = param.List([], item_type=dict)
    values = param.Dict({})
    address = param.Boolean(False)
    pressed = param.String("")

    _esm = Path(__file__).with_name("fields.js")
    _stylesheets: ClassVar[list[str]] = [CONTROLS]

    def __init__(self, **params: Any):
        for field in params.get("fields", []):
            refuse_field(field)
        super().__init__(sizing_mode=params.pop("sizing_mode", "stretch_width"), **params)

    def _handle_msg(self, message: Any) -> None:
        name = message.get("pressed") if isinstance(message, dict) else None
        if any(f["kind"] == "button" and f["name"] == name for f in self.fields):
            with param.parameterized.discard_events(self):
                self.pressed = ""
            self.pressed = name


def refuse_field(field: dict[str, Any]) -> None:
    """Raises CubeError if a field has no name or label, or a kind that there is not."""
    if not (field.get("name") and field.get("label")) or field.get("kind") not in KINDS:
        raise CubeError(
            f"a field is {field!r}; it needs a name, a label to be read by, and a kind out of "
            f"{', '.join(KINDS)}."
        )
