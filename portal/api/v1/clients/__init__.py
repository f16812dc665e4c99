"""Apps that rely on the portal: registered, set up, closed, and what people allowed them."""

from portal.api.v1.clients import acts, grants, protocol, secrets  # noqa: F401 - each hangs its operations into the room
from portal.api.v1.clients.room import clients

__all__ = ["clients"]
