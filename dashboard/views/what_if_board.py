"""A scene in, sliders over thresholds out, with what each would have made of the same imagery."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import holoviews as hv
import numpy as np
import panel as pn
import param

from analysis.mosaic import PIXEL_HA
from dashboard.look.palette import BLACK, ORANGE, SKY, VERMILLION
from dashboard.views.keys import swatch_words
from dashboard.views.lines import law_lines
from dashboard.views.pictures import FALSE_COLOUR, colour_map, composite, painted
from dashboard.views.scene import MineScene
from pipelines.config import RunConfig
from pipelines.sweep import with_setting
from pipelines.what_if import WhatIf, what_if
from pipelines.window_excavation import window_results
from pipelines.wording import counted
from pipelines.workbench import Workbench

SETTINGS = {
    "strong": "detection.confirmation.strong",
    "least_pixels": "detection.confirmation.least_pixels",
    "min_area_ha": "compliance.min_area_ha",
}
"""What the sliders stand for."""

AGREEMENT = {"both": VERMILLION, "as run only": SKY, "as asked only": ORANGE}


@dataclass(frozen=True, eq=False)
class Answer:
    """One question answered.

    since_run, since_asked : (y, x) int16, the slot from which on a pixel is in the envelope, -1 =
        never: under the run's settings, and under those asked about
    """

    since_run: np.ndarray
    since_asked: np.ndarray
    what_if: WhatIf


class WhatIfBoard(pn.viewable.Viewer):
    """Thresholds to move; the ground, its curve and the alerts they would make.

    Every move repeats detection of the scene's window, and the law's judgement of its mine, on
    the cluster. Nothing is written.
    """

    strong: float = param.Number(  # type: ignore[assignment]
        default=16.0, bounds=(2.0, 20.0), step=0.5, doc="Score that confirms"
    )
    least_pixels: int = param.Integer(  # type: ignore[assignment]
        default=10, bounds=(1, 200), doc="Smallest patch [pixel]"
    )
    min_area_ha: float = param.Number(  # type: ignore[assignment]
        default=0.1, bounds=(0.05, 20.0), step=0.05, doc="Smallest violation [ha]"
    )

    def __init__(self, bench: Workbench, scene: MineScene) -> None:
        own = bench.run.config
        super().__init__(
            strong=own.detection.confirmation.strong,
            least_pixels=own.detection.confirmation.least_pixels,
            min_area_ha=own.compliance.min_area_ha,
        )
        self.bench, self.scene = bench, scene

    @property
    def other(self) -> RunConfig:
        """The run's configuration with the thresholds of now."""
        config = self.bench.run.config
        for name, setting in SETTINGS.items():
            config = with_setting(config, setting, getattr(self, name))
        return config

    def answer(self) -> Answer:
        """Ask the cluster.

        Raises
        ------
        CubeError
            If the thresholds contradict each other.
        """
        scene, run, other = self.scene, self.bench.run, self.other
        outline = run.mines.set_index("mine_id").geometry[scene.mine_id]
        anew = self.bench.client.submit(
            window_results,
            *(run.repository, scene.snapshot, scene.position, other.detection),
            *(outline, scene.window),
        )
        whole = what_if(self.bench.client, run, other, [scene.mine_id])
        dug = anew.result()["excavated"].values
        since = np.where(dug.any(axis=0), dug.argmax(axis=0), -1).astype(np.int16)
        return Answer(scene.since.values, since, whole)

    def __panel__(self) -> pn.viewable.Viewable:
        sliders = [
            pn.widgets.FloatSlider.from_param(self.param.strong, name="Score that confirms",
                                              throttled=True),
            pn.widgets.IntSlider.from_param(self.param.least_pixels, throttled=True,
                                            name="Smallest patch [pixel of 100 m2]"),
            pn.widgets.FloatSlider.from_param(self.param.min_area_ha, throttled=True,
                                              name="Smallest violation [ha]"),
        ]  # fmt: skip
        live = pn.bind(self._shown, self.param.strong, self.param.least_pixels,
                       self.param.min_area_ha)  # fmt: skip
        return pn.Column(pn.Row(*sliders), pn.panel(live, loading_indicator=True))

    def _shown(self, *_: Any) -> pn.viewable.Viewable:
        try:
            found = self.answer()
        except ValueError as error:
            return pn.pane.HTML(f"<p><b>Not possible:</b> {html.escape(str(error))}</p>")
        key = pn.pane.HTML(swatch_words(list(AGREEMENT.items())), margin=(0, 10))
        return pn.Column(
            pn.Row(self._map(found), _curves(self.scene, found)), key, _alerts(found.what_if)
        )

    def _map(self, found: Answer) -> hv.Overlay:
        scene, run, asked = self.scene, found.since_run >= 0, found.since_asked >= 0
        colours = composite(scene, FALSE_COLOUR, scene.last_clear)
        for where, colour in zip(
            (run & asked, run & ~asked, asked & ~run), AGREEMENT.values(), strict=True
        ):
            colours = painted(colours, where, colour)
        return colour_map(scene, colours, f"{scene.mine_id}: ground called dug") * law_lines(scene)


def _curves(scene: MineScene, found: Answer) -> hv.Overlay:
    """Area of the envelope through time, under both."""
    starts = scene.results["time"].values
    drawn = []
    for since, words, colour, dash in (
        (found.since_run, "as run", BLACK, "solid"),
        (found.since_asked, "as asked", ORANGE, "dashed"),
    ):
        area = np.bincount(since[since >= 0], minlength=len(starts)).cumsum() * PIXEL_HA
        drawn.append(
            hv.Curve((starts, area), "date", "area", label=words).opts(
                color=colour, line_dash=dash, line_width=2, interpolation="steps-post"
            )
        )
    return hv.Overlay(drawn).opts(
        width=460,
        height=380,
        show_grid=True,
        legend_position="top_left",
        xlabel="Date",
        ylabel="Dug, as confirmed [ha]",
    )


def _alerts(answer: WhatIf) -> pn.pane.HTML:
    """Alerts that would appear, vanish or change, in words; names are escaped."""
    said = [
        f"<li>{html.escape(row['rule'])} at {html.escape(row['zone_id'])} <b>{row['change']}</b>: "
        f"{_hectares(row['area_before_ha'])} as run, {_hectares(row['area_after_ha'])} as asked"
        "</li>"
        for row in answer.alerts.alerts.to_dict("records")
    ]
    regions = answer.regions
    total = (
        f"{regions['before_ha'].sum():.2f} ha dug as run, {regions['after_ha'].sum():.2f} ha as "
        f"asked; {counted(answer.alerts.unchanged, 'alert')} would be the same."
    )
    return pn.pane.HTML(f"<p>{total}</p><ul>{''.join(said)}</ul>", margin=(0, 10))


def _hectares(area: float) -> str:
    return "none" if not area > 0 else f"{area:.2f} ha"
