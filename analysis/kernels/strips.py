"""How many rows of a block are taken through its slots together."""

STRIP = 16
"""Rows: what is remembered of them stays near the core, and what is read of a slot comes in one
piece. Row by row, a hundred pieces of memory are read in turns: more than the core foresees."""
