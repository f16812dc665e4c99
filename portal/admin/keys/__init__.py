"""Signing keys: what signs now, what comes next, and the ways to step in."""

from portal.admin.keys import views
from portal.admin.keys.blueprint import keys

__all__ = ["keys", "views"]
