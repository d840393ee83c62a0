"""Chips of the cube with their labels, training on them, and what trained networks then do."""
