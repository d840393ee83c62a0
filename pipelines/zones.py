"""Step 2: mines and law in, `validation/step2_zone_assignments.csv` out."""

from __future__ import annotations

import geopandas as gpd

from analysis.law_notes import law_notes
from analysis.zones import zone_assignments
from cube.slots import slot_axis
from pipelines.job import Job
from pipelines.law import law_hashes, law_of
from pipelines.run_record import file_hash, key_of
from pipelines.tables import write_csv


def assign_zones(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Say of every mine whether law covers it, and which."""
    config = job.config
    file = job.output / "validation" / "step2_zone_assignments.csv"
    validated = file_hash(job.output / "validation" / "validated_mines.parquet")
    key = key_of(validated, law_hashes(config), config.period)
    if job.record.done("zones", key):
        job.skip("zones", "assignments unchanged")
        return
    with job.step("zones", key) as notes:
        axis = slot_axis(config.period, config.slots.cadence_days)
        zones, leases = law_of(config)
        last = axis.bounds(axis.count - 1)[1]
        assigned = zone_assignments(mines, zones, leases, axis.start, last)
        write_csv(assigned, file, decimals=6)
        counts = assigned["zone"].value_counts().to_dict()
        notes.files = [file]
        told = law_notes(zones, leases)
        notes.facts = {"zones": counts, "law_notes": told}
        notes.said = ", ".join(f"{n} {zone}" for zone, n in sorted(counts.items()))
    for note in told:
        job.console.print(f"  {note}")
