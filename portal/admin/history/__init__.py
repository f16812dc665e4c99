"""The time machine: any user, group, role, resource or app as of a moment, two moments compared, one brought back."""

from portal.admin.history import pages, restore
from portal.admin.history.blueprint import history

__all__ = ["history", "pages", "restore"]
