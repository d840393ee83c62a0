"""Law: what is in force and was, a draft to upload, what it would change, putting it in force."""

from __future__ import annotations

import json
from typing import Any

import panel as pn
from panel.viewable import Viewable

from dashboard.law.chooser import Chooser
from dashboard.law.drafts import Draft
from dashboard.law.upload import upload_token
from dashboard.look import Fields, escape, note, pane, table
from dashboard.pages.admin.desk import Desk
from dashboard.runs.orders import ANSWER
from pipelines.law_versions import law_versions

LOOK_MS = 1_500
SHOWN = 100
"""Alerts of a preview in the table."""

KINDS = {"appears": "would appear", "vanishes": "would vanish", "changes": "would change"}


def law_tab(desk: Desk) -> list[Viewable]:
    """In force; upload; drafts with their previews."""
    access = desk.acts.access
    chooser = Chooser(token=upload_token(access, desk.who))
    waiting, preview = pane(""), pane("")
    form = Fields(label="A draft", fields=_fields([]), values={"draft": ""})

    def look(_: Any = None) -> None:
        drafts = desk.acts.drafts.all()
        _set(waiting, _waiting(drafts))
        fields = _fields(drafts)
        if fields != form.fields:
            form.fields = fields
        ids = [draft.id for draft in drafts]
        if form.values.get("draft") not in ids:
            form.values = {"draft": ids[-1] if ids else ""}
        chosen = [draft for draft in drafts if draft.id == form.values.get("draft")]
        _set(preview, _preview(desk, chosen[0]) if chosen else "")

    async def pressed(_: Any) -> None:
        id_ = str(form.values.get("draft") or "")
        acts, who = desk.acts, desk.who
        match form.pressed:
            case "preview":
                await desk.do(
                    lambda: acts.preview_law(who, id_),
                    lambda _: "It is being tried.",
                )
            case "discard":
                await desk.do(
                    lambda: acts.discard_law(who, id_), lambda one: f"{one.name} is gone."
                )
            case "apply":
                asked = (
                    "Press again to put it in force: a run judges by it from now on. Alerts that "
                    "it takes away are superseded in the ledger; the law before it is kept."
                )
                if desk.meant(f"apply {id_}", asked):
                    await desk.do(
                        lambda: acts.apply_law(who, id_),
                        lambda run: f"{run.title} was started: see the tab Runs.",
                    )
        look()

    def uploaded(_: Any) -> None:
        drafts = desk.acts.drafts.all()
        form.values = {"draft": drafts[-1].id if drafts else ""}
        look()

    chooser.param.watch(uploaded, "uploaded")
    form.param.watch(pressed, "pressed")
    form.param.watch(look, "values")
    look()
    if pn.state.curdoc is not None and pn.state.curdoc.session_context is not None:
        pn.state.add_periodic_callback(look, LOOK_MS)
    words = (
        "<h2>Bring other law</h2><p>Zones or leases as GeoJSON, GeoPackage, GeoParquet or a zipped "
        "Shapefile; rules as YAML. A file replaces its whole layer. It is read and tried before "
        "anything changes.</p>"
    )
    new = pn.Column(pane(words), chooser, sizing_mode="stretch_width")
    return [pane(_in_force(desk)), new, waiting, form, preview]


def _set(shown: pn.pane.HTML, html: str) -> None:
    if shown.object != html:
        shown.object = html


def _fields(drafts: list[Draft]) -> list[dict[str, Any]]:
    if not drafts:
        return []
    options = [{"value": one.id, "label": f"{one.layer}: {one.name}"} for one in drafts]
    return [
        {"name": "draft", "label": "Draft", "kind": "select", "options": options},
        {"name": "preview", "label": "Preview what would change", "kind": "button"},
        {"name": "apply", "label": "Put in force", "kind": "button"},
        {"name": "discard", "label": "Discard", "kind": "button"},
    ]


def _in_force(desk: Desk) -> str:
    versions = law_versions(desk.what.output)
    newest = {one.layer: one for one in versions}
    rows = [
        (one.layer, one.name or "none given", f"{one.features:,}", _when(one.since),
         one.sha256[:12], "in force" if newest[one.layer] is one else "before")
        for one in reversed(versions)
    ]  # fmt: skip
    heads = ("layer", "file", "areas or rules", "known since", "sha256", "state")
    if not rows:
        return "<h2>In force</h2><p>No run has judged by any law yet.</p>"
    caption = "Every law that runs judged by, newest first"
    return "<h2>In force</h2>" + table(heads, rows, caption=caption, numbers=(2,))


def _waiting(drafts: list[Draft]) -> str:
    if not drafts:
        return ""
    rows = [
        (one.layer, one.name, f"{one.features:,}", f"{one.size / 1e3:,.0f} kB", one.who,
         _when(one.when))
        for one in drafts
    ]  # fmt: skip
    heads = ("layer", "file", "areas or rules", "size", "by", "uploaded")
    return "<h2>Drafts</h2>" + table(heads, rows, caption="Not in force", numbers=(2, 3))


def _preview(desk: Desk, draft: Draft) -> str:
    """What the process that tries a draft has said."""
    if not draft.preview:
        return "<p>Not tried yet.</p>"
    run = desk.acts.runs.get(draft.preview)
    if run.lives:
        return note(f"{draft.name} is being tried on what is published ...")
    text = desk.acts.runs.text(run.id, ANSWER)
    try:
        told = json.loads(text or "")
    except ValueError:
        return note(f"It could not be tried: {run.said or run.state}", warning=True)
    return _changes(draft, told)


def _changes(draft: Draft, told: dict[str, Any]) -> str:
    alerts = told["alerts"]
    counts = [
        f"{sum(one['change'] == kind for one in alerts)} {words}" for kind, words in KINDS.items()
    ]
    said = (
        f"<h2>What {escape(draft.name)} would change</h2><p>{escape(', '.join(counts))}; "
        f"{int(told['unchanged']):,} alerts would stay. {len(told['features']):,} features differ "
        "from the law in force.</p>"
    )
    if alerts:
        rows = [
            (one["mine_id"], one["zone_id"], KINDS.get(one["change"], one["change"]),
             _pair(one, "severity"), _area(one), one["because"])
            for one in alerts[:SHOWN]
        ]  # fmt: skip
        heads = ("mine", "where", "alert", "severity", "ha", "because")
        said += table(heads, rows, caption=f"{len(rows):,} of {len(alerts):,} alerts", numbers=(4,))
    if told["features"]:
        which = [(one["layer"], one["feature"], one["change"]) for one in told["features"][:SHOWN]]
        caption = f"{len(which):,} of {len(told['features']):,} features that differ"
        said += table(("layer", "feature", "change"), which, caption=caption, folded="Which")
    if told["failed"]:
        first = next(iter(told["failed"].items()))
        said += note(f"{len(told['failed'])} mines could not be judged; {first[0]}: {first[1]}",
                     warning=True)  # fmt: skip
    return said


def _pair(one: dict[str, Any], name: str) -> str:
    before, after = one[f"{name}_before"] or "none", one[f"{name}_after"] or "none"
    return before if before == after else f"{before} → {after}"


def _area(one: dict[str, Any]) -> str:
    before, after = (float(one[f"area_{side}_ha"] or 0) for side in ("before", "after"))
    return f"{before:.2f}" if before == after else f"{before:.2f} → {after:.2f}"


def _when(told: str) -> str:
    return told[:16].replace("T", " ") + " UTC"
