"""How the pages look: one template, one palette, forms and tables that everybody can use."""

from dashboard.look.fields import Fields
from dashboard.look.page import page
from dashboard.look.text import escape, note, pane, table

__all__ = ["Fields", "escape", "note", "page", "pane", "table"]
