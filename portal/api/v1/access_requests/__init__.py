"""Access that people ask for, and the answers to it."""

from portal.api.v1.access_requests import answers, asking  # noqa: F401 - each hangs its operations in
from portal.api.v1.access_requests.room import access_requests

__all__ = ["access_requests"]
