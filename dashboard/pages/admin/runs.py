"""Runs: what is under way, start, stop, and how those before went."""

from __future__ import annotations

import math
from typing import Any

import panel as pn
from panel.viewable import Viewable

from cube.contract import CubeError
from dashboard.look import Fields, escape, note, pane, table
from dashboard.pages.admin.desk import Desk
from dashboard.runs import Run
from dashboard.runs.orders import NOT_HERE, TRIALS, outgrown_settings, present_config
from dashboard.trials import trial_reports
from pipelines.config import settings_of
from pipelines.retrained import kept_forests

LOOK_MS = 1_000
"""How often the page looks how far the run is: three small files."""

SHOWN = 30
"""Runs in the history."""

STOP_FIELDS = [
    {"name": "stop", "label": "Stop it", "kind": "button"},
    {"name": "kill", "label": "Kill it at once", "kind": "button"},
]


def runs_tab(desk: Desk) -> list[Viewable]:
    """What is under way, a form to start, the history."""
    live, stop, history = pane(""), _stop_form(desk), pane("")

    def look() -> None:
        run = desk.acts.runs.live()
        told = _live(desk, run)
        if told != live.object:
            live.object = told
        fields = STOP_FIELDS if run is not None else []
        if stop.fields != fields:
            stop.fields = fields
        past = _history(desk)
        if past != history.object:
            history.object = past

    look()
    if pn.state.curdoc is not None and pn.state.curdoc.session_context is not None:
        pn.state.add_periodic_callback(look, LOOK_MS)
    forms = _start_forms(desk)
    return [live, stop, *forms, history, pane(_reports(desk)), _settings_now(desk)]


def _start_forms(desk: Desk) -> list[Viewable]:
    try:
        first, _, last = present_config(desk.what.output).period.partition("/")
        mines = desk.what.stored.current().national()["mine_id"].tolist()
    except CubeError as error:
        return [pane(note(str(error), warning=True))]
    forms = [_run_form(desk, first, last), _trial_form(desk, mines), _forest_form(desk)]
    if outgrown := outgrown_settings(desk.what.output):
        said = (
            "This version takes some settings of the last run no more, and has its own in their "
            f"place: {', '.join(outgrown)}. Tick “do again what was computed with other ones” to "
            "start a run."
        )
        return [pane(note(said, warning=True)), *forms]
    return forms


def _run_form(desk: Desk, first: str, last: str) -> Viewable:
    """The main job again."""
    form = Fields(
        label="Start a run",
        fields=[
            {"name": "first", "label": "First day", "kind": "date"},
            {"name": "last", "label": "Last day", "kind": "date"},
            {"name": "settings", "label": "Changed settings", "kind": "textarea", "rows": 3,
             "placeholder": "compliance.min_area_ha: 0.2",
             "help": "One line each. All there are stand at the end of this page."},
            {"name": "accept", "label": "Where settings differ from before", "kind": "checks",
             "options": [{"value": "yes", "label": "do again what was computed with other ones"}]},
            {"name": "start", "label": "Start the run", "kind": "button"},
        ],
        values={"first": first, "last": last, "settings": "", "accept": []},
    )  # fmt: skip

    async def pressed(_: Any) -> None:
        told = form.values
        dates = _text(told, "first"), _text(told, "last")
        dates = ("", "") if dates == (first, last) else dates
        accept = "yes" in (told.get("accept") or [])
        settings = _text(told, "settings")
        await desk.do(lambda: desk.acts.start_run(desk.who, *dates, settings, accept), _started)

    form.param.watch(pressed, "pressed")
    words = (
        "<h2>Start a run</h2><p>The main job again over this output: it reads and analyses only "
        "what is missing. People see the results of now until the new ones are complete.</p>"
    )
    return pn.Column(pane(words), form, sizing_mode="stretch_width")


def _trial_form(desk: Desk, mines: list[str]) -> Viewable:
    """One mine, beside the output."""
    form = Fields(
        label="Try one mine",
        fields=[
            {"name": "mine", "label": "Mine", "kind": "select", "options": mines},
            {"name": "settings", "label": "Changed settings", "kind": "textarea", "rows": 2,
             "placeholder": "detection.confirmation.strong: 12"},
            {"name": "start", "label": "Start the trial", "kind": "button"},
        ],
        values={"mine": mines[0] if mines else "", "settings": ""},
    )  # fmt: skip

    async def pressed(_: Any) -> None:
        mine, settings = _text(form.values, "mine"), _text(form.values, "settings")
        await desk.do(lambda: desk.acts.start_trial(desk.who, mine, settings), _started)

    form.param.watch(pressed, "pressed")
    words = (
        "<h2>Try one mine</h2><p>The main job on one mine, from its imagery on, into an output of "
        f"its own (<code>{TRIALS}/</code> below this one). What is published stays as it is.</p>"
    )
    return pn.Column(pane(words), form, sizing_mode="stretch_width")


def _forest_form(desk: Desk) -> Viewable:
    """Isolation Forests: grow anew, and how those that are kept agree."""
    button = {"name": "start", "label": "Grow all forests anew", "kind": "button"}
    form = Fields(label="Forests", fields=[button], values={})

    async def pressed(_: Any) -> None:
        await desk.do(lambda: desk.acts.retrain(desk.who), _started)

    form.param.watch(pressed, "pressed")
    rows = [
        (one.mine_id, f"{one.looks:,}", _share(one.agreement), _share(one.elsewhere), one.grown)
        for one in kept_forests(desk.what.output)
    ]
    heads = ("mine", "looks learnt from", "confirmed ground it flags", "other ground it flags",
             "grown")  # fmt: skip
    shown = (
        table(heads, rows, caption="Forests that are kept", numbers=(1, 2, 3), folded="Show them")
        if rows
        else "<p>None has been grown yet.</p>"
    )
    words = (
        "<h2>Forests</h2><p>An Isolation Forest of each mine, a second opinion that knows nothing "
        "of the first: how much of the confirmed ground it finds odd as well.</p>"
    )
    return pn.Column(pane(words), form, pane(shown), sizing_mode="stretch_width")


def _stop_form(desk: Desk) -> Fields:
    form = Fields(
        label="Stop the run",
        fields=[],
        values={},
    )

    async def pressed(_: Any) -> None:
        run = desk.acts.runs.live()
        if run is None:
            desk.said.object = note("No run is under way any more.")
            return
        at_once = form.pressed == "kill"
        asked = (
            "Press again to kill it: what was committed stays."
            if at_once
            else "Press again to stop it: what was committed stays, and the same run goes on later."
        )
        if desk.meant(f"{form.pressed} {run.id}", asked):
            await desk.do(
                lambda: desk.acts.stop_run(desk.who, run.id, at_once),
                lambda _: "It was told to stop.",
            )

    form.param.watch(pressed, "pressed")
    return form


def _live(desk: Desk, run: Run | None) -> str:
    if run is None:
        return "<h2>Under way</h2><p>No run that was started here.</p>"
    told = desk.acts.runs.progress(run.id) or {}
    done = [
        (one["step"], one["said"] or one["aside"], one["aside"] if one["said"] else "")
        for one in told.get("steps", [])
    ]
    bar = ""
    if told.get("step"):
        since = escape(_when(told["since"]))
        bar = f"<p>At work: <strong>{escape(told['step'])}</strong> since {since}"
        if told.get("total"):
            count, total = int(told["done"]), int(told["total"])
            bar += (
                f"; {escape(told['what'])}: {count:,} of {total:,} "
                f'<progress max="{total}" value="{count}" aria-label="{escape(told["what"])}">'
                f"{count / total:.0%}</progress>"
            )
        bar += "</p>"
    failed = f"<p>{int(told['failed'])} mines failed so far.</p>" if told.get("failed") else ""
    steps = table(("step", "what it did", "time"), done, caption="Steps so far") if done else ""
    started = f"started by {escape(run.who)} at {escape(_when(run.when))}: {escape(run.state)}"
    what = f'<p role="status"><strong>{escape(run.title)}</strong>, {started}.</p>'
    return f"<h2>Under way</h2>{what}{bar}{failed}{steps}"


def _history(desk: Desk) -> str:
    past = [run for run in desk.acts.runs.recent(3 * SHOWN) if run.kind != "preview"][:SHOWN]
    rows = [
        (_when(run.when), run.title, run.who, run.state, _seconds(run.seconds), run.said)
        for run in past
    ]
    if not rows:
        return "<h2>History</h2><p>No run was started from here yet.</p>"
    heads = ("started", "what", "by", "state", "time", "said")
    return "<h2>History</h2>" + table(heads, rows, caption="Runs started here, newest first")


def _reports(desk: Desk) -> str:
    """What came of trials."""
    links = [
        f'<a href="{escape(path)}">{escape(name)}</a>'
        for name, path in trial_reports(desk.what.output).items()
    ]
    return f"<p>Reports of trials: {', '.join(links)}</p>" if links else ""


def _settings_now(desk: Desk) -> Viewable:
    """All settings and what the last run was told."""
    try:
        told = settings_of(present_config(desk.what.output))
    except CubeError as error:
        return pane(note(str(error), warning=True))
    rows = [row for row in _flat(told) if row[0].split(".")[0] not in NOT_HERE]
    heads = ("setting", "value")
    return pane(table(heads, rows, caption="Settings of the last run", folded="All settings"))


def _flat(told: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in told.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{before}{name}.")
        else:
            rows.append((f"{before}{name}", str(value)))
    return rows


def _text(values: dict[str, Any], name: str) -> str:
    """What was typed; whatever else a browser may send is none."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _started(run: Run) -> str:
    return f"{run.title} was started."


def _when(told: str) -> str:
    return told[:16].replace("T", " ") + " UTC"


def _seconds(seconds: float) -> str:
    if math.isnan(seconds):
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _share(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.0%}"
