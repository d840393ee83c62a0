"""The map of a mine as a Panel component: the browser moves through time without the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from dashboard.look.sheets import CONTROLS

HERE = Path(__file__).parent
SCRIPTS = ("drawing.js", "picture.js", "stage.js", "transport.js", "viewer.js")


class MineMap(JSComponent):
    """Layers, overlays, time, comparison of two dates, and the pixel that was chosen.

    Attributes
    ----------
    config : dict
        Of `map_config`; never changed once the map is drawn.
    date, layer : str
        What is shown at first; setting `date` moves the map, and it says where it came to rest.
    point : dict
        x, y [m] of the pixel chosen last and n, how many were before it. It comes from a browser:
        check it.
    """

    config = param.Dict({})
    date = param.String("")
    layer = param.String("")
    point = param.Dict({})

    _esm = "\n".join((HERE / name).read_text() for name in SCRIPTS)
    _stylesheets: ClassVar[list[str]] = [CONTROLS, (HERE / "viewer.css").read_text()]

    def __init__(self, **params: Any):
        super().__init__(sizing_mode="stretch_width", margin=0, **params)
