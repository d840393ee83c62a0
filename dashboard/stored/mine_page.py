"""A mine's published file in, what its page shows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class MinePage:
    """Everything about one mine, as one publication has it. Metres are of the UTM zone `epsg`.

    Geometries are GeoJSON's (`type`, `coordinates`), in metres; None where nothing is left.
    Days are `YYYY-MM-DD`, what is not known is None.

    Attributes
    ----------
    mine_id : str
    summary : the mine's row in `Publication.national`, without its outline
    epsg : int
    extent : (left, bottom, right, top) of all windows [m]
    windows : number, x0, y0 (centre of the upper-left pixel), size [pixel]
    outline : geometry
    leases : lease_id, mine_id, holder, permitted_ha_per_year, valid_from, valid_to, accuracy_m,
        source, synthetic, geometry; cut to what the map shows
    zones : zone_id, zone_type, valid_from, valid_to, accuracy_m, source, synthetic, geometry
    slots : one per slot, in order: date (its first day), acquired (None: nothing), clear and cloud
        (share of the mine's outline), failed (scenes that could not be read)
    series : `history_end`, and for `dug` and `undisturbed` ground: pixels, driest_ndvi (its
        baseline, the median over pixels), seen (share by slot), and for ndvi, ndmi, nbr, bsi each
        p10, p50, p90 by slot; {} for a mine without results
    sheets : tile (width, height) [pixel], pixel_m, extent of a tile [m], layers, years: each with
        year, first (index of its first slot), count, columns, rows; {} without pictures
    regions : alive at the last date, the largest first: region_id, area_ha, first_date (onset),
        confirmed_date, last_date, confidence, label, because, lon, lat, life, instead, areas_ha
        (by date), geometry
    curve : dates, area_ha (as confirmed), opened_ha (by opening date)
    areas : by month: leased_ha, watch_buffer_ha, outside_lease_ha, no_go_ha, unruled_ha
    months : by month: status, clear_looks, seen_share, judged_share, failed_reads, opened_ha
    rates : subject (mine, region, alert), subject_id, ground (legal, illegal, unruled, all),
        area_ha, ha_per_month with _low and _high, recent_ha_per_month, ...
    encroachment : regions nearing a line, with gap_m, m_per_month, months and their intervals
    observability : pixels, median_clear_looks, imaged_share, observable_share, failed_share
    alerts : every alert, whatever its state, the largest first: the columns of violation_alerts,
        inside_ha, straddling_ha, outside_ha, low_ha, high_ha, p_outside, lon, lat, geometry
    watch_list : notices, with the same columns
    ledger : every entry on these alerts: seq, when, who, act, alert_id, state, why
    downloads : name (for /file/<key>/<name>), title, kind, bytes
    """

    mine_id: str
    summary: Row
    epsg: int
    extent: Sequence[float]
    windows: Sequence[Row]
    outline: Row | None
    leases: Sequence[Row]
    zones: Sequence[Row]
    slots: Sequence[Row]
    series: Row
    sheets: Row
    regions: Sequence[Row]
    curve: Row
    areas: Sequence[Row]
    months: Sequence[Row]
    rates: Sequence[Row]
    encroachment: Sequence[Row]
    observability: Row
    alerts: Sequence[Row]
    watch_list: Sequence[Row]
    ledger: Sequence[Row]
    downloads: Sequence[Row]

    @classmethod
    def of(cls, told: Row) -> MinePage:
        """From the JSON of the published file."""
        return cls(**{field.name: told[field.name] for field in fields(cls)})

    @property
    def years(self) -> list[int]:
        """Years that have sheets."""
        return [sheet["year"] for sheet in self.sheets.get("years", ())]

    def slot(self, date: str) -> int | None:
        """Index of the slot that begins on `date` or holds it; None before and after all."""
        dates = [slot["date"] for slot in self.slots]
        if not dates or date < dates[0] or date[:4] > str(int(dates[-1][:4]) + 1):
            return None
        return max(i for i, day in enumerate(dates) if day <= date)

    def evidence(self, alert_id: str) -> dict[str, str]:
        """Names of an alert's evidence files by kind, `HTML` and `PDF`."""
        end = f"final/evidence/{alert_id}."
        return {row["kind"]: row["name"] for row in self.downloads if row["name"].startswith(end)}
