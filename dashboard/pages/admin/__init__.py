"""The administration: a tab for each thing an admin looks after."""

from dashboard.pages.admin.page import admin_page

__all__ = ["admin_page"]
