"""Landsat by area and year: tiles downloaded and written to the cube, every step in a ledger."""
