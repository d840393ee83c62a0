"""The form control that uploads a file of law from the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from dashboard.law.kinds import LARGEST, LARGEST_RULES, LAYERS, RULES
from dashboard.look.sheets import CONTROLS


class Chooser(JSComponent):
    """Chooses a layer and a file, posts it to `/upload/law`, says what came of it.

    Attributes
    ----------
    token : str
        Of `upload.upload_token`, without which nothing is taken.
    uploaded : int
        Counts what was taken.
    """

    token = param.String("")
    layers = param.List(list(LAYERS))
    most = param.Dict({name: LARGEST_RULES if name == RULES else LARGEST for name in LAYERS})
    uploaded = param.Integer(0)

    _esm = Path(__file__).with_name("upload.js")
    _stylesheets: ClassVar[list[str]] = [CONTROLS]

    def __init__(self, **params: Any):
        super().__init__(sizing_mode=params.pop("sizing_mode", "stretch_width"), **params)

    def _handle_msg(self, message: Any) -> None:
        if isinstance(message, dict) and "uploaded" in message:
            self.uploaded += 1
