"""What is marked of a pixel: bits of one slot's `marks`, and what `standing` says in between."""

from __future__ import annotations

import numpy as np

POSSIBLE = np.uint8(1)
"""At weak evidence or more."""

CERTAIN = np.uint8(2)
"""At strong evidence or more."""

BRIGHT = np.uint8(4)
"""Possible, and settled bright."""

HELD = np.uint8(8)
"""Open ground that its own evidence holds in the map."""

STANDING = np.uint8(16)
"""Open ground."""

AREA = np.uint8(32)
"""In a component of possible ground that alerts."""

ALERT = np.uint8(64)
"""In such a component, near enough to certain or held ground."""

PALE = np.uint8(128)
"""In a component of possible ground that is no digging."""

CLOSED = np.uint8(0)
OPEN = np.uint8(1)
GREEN_AGAIN = np.uint8(2)
"""What `standing` says of a pixel: not in the map, open ground, once open and re-vegetated."""

FRESH = np.uint8(4)
"""Added to it while a slot is looked at: about to be open, if its patch is large enough."""
