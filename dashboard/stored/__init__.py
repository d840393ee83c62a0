"""What a run published, as pages ask for it: nothing is computed here that a run has stored."""

from dashboard.stored.door import Stored
from dashboard.stored.mine_page import MinePage
from dashboard.stored.publication import Publication

__all__ = ["MinePage", "Publication", "Stored"]
