"""A run of all mines, and the figures of all runs beside what was asked, as tables for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.scale_sites import ScaleSettings
from pipelines.memory import size_text


def say_run(console: Console, run: dict[str, Any], settings: ScaleSettings) -> None:
    """One run as a table."""
    table = Table(title=f"{run_name(run)}, {settings.slots} slots")
    for column in ("step", "wall s", "per mine s", "workers' CPU s", "driver CPU s", "tasks",
                   "read", "past the cache", "written", "returned"):  # fmt: skip
        table.add_column(column, justify="left" if column == "step" else "right")
    for name, step in run["steps"].items():
        table.add_row(
            name, f"{step['wall_s']:.1f}", f"{step['wall_s'] / run['mines']:.3f}",
            f"{step['workers_cpu_s']:.1f}", f"{step['driver_cpu_s']:.1f}", f"{step['tasks']}",
            size_text(step["read_bytes"]), size_text(step["disk_read_bytes"]),
            size_text(step["written_bytes"]), size_text(step["result_bytes"]),
        )  # fmt: skip
    console.print(table)
    peaks = ", ".join(size_text(peak) for peak in run["worker_peaks"])
    console.print(
        f"cube to alerts {run['wall_s']:.1f} s after {run['start_s']} s of starting the cluster; "
        f"peak memory driver {size_text(run['driver_peak'])}, workers {peaks}; found {run['found']}"
    )


def run_name(run: dict[str, Any]) -> str:
    """Which run it is: mines, workers, cores."""
    workers = f"{run['workers']} worker{'s' if run['workers'] > 1 else ''}"
    cores = f"{run['cores']} core{'s' if run['cores'] > 1 else ''}"
    return f"{run['mines']} mines, {workers}, {cores}"


def _in_turns(told: dict[str, Any], name: str) -> str:
    least, most = min(told[f"{name}_turns"]), max(told[f"{name}_turns"])
    return f"{told[name]} x ({least} to {most})"


def say_summary(console: Console, record: dict[str, Any]) -> None:
    """The figures beside what was asked for."""
    told = record["summary"] | {"import_s": record["import_s"]}
    ahead = told["projection"]
    table = Table(title="Scale")
    for column in ("figure", "measured", "asked"):
        table.add_column(column)
    rows = [
        ("cube to alerts", f"{told['wall_s']:.0f} s", "<= 360 s for 506 mines"),
        ("worker's peak memory", size_text(told["worker_peak"]), "<= 2 GB"),
        ("driver's peak memory", size_text(told["driver_peak"]), "<= 1 GB"),
        ("tasks per window, all steps", f"{told['tasks_per_window']}", "<= 10"),
        ("building the lazy graph", f"{told['graph_s']} s", "< 2 s"),
    ]
    rows.append(("importing cube and analysis", f"{told['import_s']} s", "<= 1.5 s"))
    if "exponent" in told:
        rows.append(("growth with mines, exponent", f"{told['exponent']}", "<= 1.05"))
    if "weak_scaling" in told:
        named = "two workers on two cores against one on one"
        rows.append((named, _in_turns(told, "weak_scaling"), ">= 1.8 x"))
    if "weak_scaling_all_cores" in told:
        named = "two workers against one that has both cores"
        rows.append((named, _in_turns(told, "weak_scaling_all_cores"), ""))
    said = f"{ahead['minutes']} min"
    rows.append((f"projected: {ahead['mines']:,} mines, {ahead['workers']} workers", said, ""))
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for line in ahead["assumes"]:
        console.print(f"  assumed: {line}")
