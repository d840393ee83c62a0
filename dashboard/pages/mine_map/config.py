"""A mine's page in, what the map in the browser needs to run by itself out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dashboard.look import palette, words
from dashboard.pages.mine_map.shapes import svg_path

LEAST_CLEAR = 0.5
"""Share of a mine that a slot must have seen clear for play and steps to stop at it [1]."""

LONGEST = 400
"""Characters of what is said of a shape."""


def map_config(publication: Any, page: Any) -> dict[str, Any]:
    """Everything the map needs, once; plain values for JSON.

    Parameters
    ----------
    publication : its key is part of every picture's address, its layers are offered
    page : `MinePage` with sheets and at least one slot
    """
    layout = page.sheets
    mine, key = quote(page.mine_id, safe=""), quote(publication.key)
    known = {layer["name"]: dict(layer) for layer in publication.layers}
    left, _, _, top = layout["extent"]
    slots = [
        {name: slot.get(name) for name in ("date", "acquired", "clear", "failed")}
        for slot in page.slots
    ]
    return {
        "mine": page.mine_id,
        "label": f"Map of mine {page.mine_id}",
        "crs": f"EPSG:{page.epsg}",
        "extent": layout["extent"],
        "chip_extent": page.extent,
        "tile": layout["tile"],
        "years": layout["years"],
        "slots": slots,
        "least_clear": LEAST_CLEAR,
        "before": first_clear(slots),
        "layers": [known[name] for name in layout["layers"] if name in known],
        "sheet": f"sheet/{key}/{mine}/{{layer}}/{{year}}.webp",
        "chip": f"chip/{key}/{mine}/{{date}}/{{layer}}.webp",
        "colours": {"zone": palette.ZONE},
        "marks": marks(page),
        "shapes": {
            "outline": _shapes([{"geometry": page.outline}], left, top, _outline_words),
            "leases": _shapes(page.leases, left, top, _lease_words),
            "zones": _shapes(page.zones, left, top, _zone_words),
            "regions": _shapes(page.regions, left, top, region_words),
        },
    }


def first_clear(slots: list[dict[str, Any]]) -> int:
    """Index of the first slot that saw the mine clear; 0 where none did."""
    good = (i for i, slot in enumerate(slots) if (slot["clear"] or 0) >= LEAST_CLEAR)
    return next(good, 0)


def marks(page: Any) -> list[dict[str, str]]:
    """Days worth a jump: of the gravest alert, or else of the first region."""
    found: list[dict[str, str]] = []
    for alert in [*page.alerts, *page.watch_list][:1]:
        for name, text in (("first_violation_date", "First beyond the line"),
                           ("confirmed_date", "Confirmed")):  # fmt: skip
            if not words.missing(alert.get(name)):
                found.append({"date": str(alert[name])[:10], "words": text})
    if not found and page.regions:
        first = min(str(region["first_date"]) for region in page.regions)
        found.append({"date": first[:10], "words": "First ground opened"})
    return found


def region_words(region: dict[str, Any]) -> str:
    """What a region is, in a line."""
    label = words.named(region.get("label") or "excavation").capitalize()
    told = (
        f"{label}, {words.hectares(region['area_ha'])}, opened {words.day(region['first_date'])}, "
        f"confirmed {words.day(region['confirmed_date'])}, confidence "
        f"{words.share(region.get('confidence'))}."
    )
    because = region.get("because")
    return told if words.missing(because) else f"{told} Why: {because}"[:LONGEST]


def _lease_words(lease: dict[str, Any]) -> str:
    holder = "" if words.missing(lease.get("holder")) else f" of {lease['holder']}"
    return f"Lease {lease.get('lease_id')}{holder}{_valid(lease)}"[:LONGEST]


def _zone_words(zone: dict[str, Any]) -> str:
    drawn = ", synthetic" if zone.get("synthetic") else ""
    kind = words.named(zone.get("zone_type")).capitalize()
    return f"{kind} zone {zone.get('zone_id')}{drawn}{_valid(zone)}"[:LONGEST]


def _outline_words(_: dict[str, Any]) -> str:
    return "outline of the mine as given"


def _valid(feature: dict[str, Any]) -> str:
    since, until = feature.get("valid_from"), feature.get("valid_to")
    parts = [
        *([] if words.missing(since) else [f"from {words.day(since)}"]),
        *([] if words.missing(until) else [f"to {words.day(until)}"]),
    ]
    return f", in force {' '.join(parts)}" if parts else ""


def _shapes(features: Any, left: float, top: float, say: Any) -> list[dict[str, str]]:
    shapes = []
    for feature in features:
        path = svg_path(feature.get("geometry"), left, top)
        if path:
            shape = {"path": path, "words": say(feature)}
            if feature.get("first_date"):
                shape["since"] = str(feature["first_date"])[:10]
            shapes.append(shape)
    return shapes
