"""`/trial/<mine>/report.html`: what came of the trial of one mine, for admins."""

from __future__ import annotations

from pathlib import Path

from dashboard.access import Door
from dashboard.files import SANDBOX
from dashboard.runs.orders import TRIALS

REPORT = Path("final/reports/report.html")


class TrialReport(Door):
    """One self-contained page, shown as a stranger's."""

    admins_only = True

    def get(self, name: str) -> None:
        try:
            page = (self.served.output / TRIALS / name / REPORT).read_bytes()
        except OSError:
            self.refuse(404, "There is no report of that trial: it has not come to its end.")
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", SANDBOX)
        self.set_header("Cache-Control", "no-store")
        self.finish(page)


def trial_reports(output: Path) -> dict[str, str]:
    """Addresses of the reports there are, by the name of their trial."""
    found = sorted((output / TRIALS).glob(f"*/{REPORT}"))
    names = [path.relative_to(output / TRIALS).parts[0] for path in found]
    return {name: f"/trial/{name}/report.html" for name in names}
