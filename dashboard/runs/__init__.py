"""Runs ordered from the web: processes of their own that outlive the server."""

from dashboard.runs.orders import Order, run_order, trial_order
from dashboard.runs.runs import Busy, Run, Runs

__all__ = ["Busy", "Order", "Run", "Runs", "run_order", "trial_order"]
