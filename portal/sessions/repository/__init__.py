"""Questions about sessions, devices, failures and flows."""

from portal.sessions.repository.devices import Devices
from portal.sessions.repository.failures import FailureCounts
from portal.sessions.repository.flows import Flows
from portal.sessions.repository.live import LiveSession, SessionFilter, Sessions

__all__ = ["Devices", "FailureCounts", "Flows", "LiveSession", "SessionFilter", "Sessions"]
