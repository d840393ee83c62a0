"""What analysts look at: maps, series and boards as HoloViews objects, lazy over a Dask cluster.

Maps lie in the mine's UTM zone, in metres; what moves, moves in the browser where it can.
"""

from dashboard.views.against_truth import VERDICTS, against_truth
from dashboard.views.calendar import calendar, calendar_key
from dashboard.views.envelope_player import envelope_player
from dashboard.views.evidence import score_plot, score_table
from dashboard.views.explorer import Explorer
from dashboard.views.keys import key_pane, swatch_words
from dashboard.views.lines import dug_line, law_lines, place_mark
from dashboard.views.pictures import LAYERS, picture
from dashboard.views.scene import MineScene, mine_scene
from dashboard.views.series import pixel_table, series_plot
from dashboard.views.swipe import swipe
from dashboard.views.what_if_board import WhatIfBoard

__all__ = [
    "LAYERS",
    "VERDICTS",
    "Explorer",
    "MineScene",
    "WhatIfBoard",
    "against_truth",
    "calendar",
    "calendar_key",
    "dug_line",
    "envelope_player",
    "key_pane",
    "law_lines",
    "mine_scene",
    "picture",
    "pixel_table",
    "place_mark",
    "score_plot",
    "score_table",
    "series_plot",
    "swatch_words",
    "swipe",
]
