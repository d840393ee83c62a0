"""Who may see an output and who may act on it."""

from dashboard.access.access import Access, AccessSettings, NotAllowed, Visitor
from dashboard.access.door import Door
from dashboard.access.present import visitor
from dashboard.access.provider import AccessProvider
from dashboard.access.users import ADMIN, ROLES, USER

__all__ = ["ADMIN", "ROLES", "USER", "Access", "AccessProvider", "AccessSettings", "Door",
           "NotAllowed", "Visitor", "visitor"]  # fmt: skip
