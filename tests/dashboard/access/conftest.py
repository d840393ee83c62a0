"""Passwords that are cheap to check, where the test is not about them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def cheap_passwords(request, monkeypatch):
    if "test_passwords" not in request.node.nodeid:
        monkeypatch.setattr("dashboard.access.passwords.COST", 2**4)
