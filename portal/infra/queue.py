"""How word of promised work reaches whoever does it.

The outbox table is the truth, and word of it only makes it quicker: none says what is to be done or for whom, each may
come twice, and all may be lost, because the table is looked through every few seconds anyway.
"""

from enum import StrEnum
from typing import Protocol

from portal.infra.signals import Signal


class Lane(StrEnum):
    """Work that may take minutes has a lane of its own, so that no mail waits behind it."""

    PROMPT = "prompt"
    LONG = "long"


def delivery_of(lane: Lane) -> str:
    """The name of the round that does what is due in a lane."""
    return f"deliver_{lane}"


class JobQueue(Protocol):
    """Told after each commit that promised something."""

    def announce(self) -> None:
        """Have the outbox looked through soon. Never fails; at worst it is looked through a few seconds later."""


class EmbeddedQueue:
    """Wakes the thread of this machine that works, or that sends word on to a broker."""

    def __init__(self, wake_worker: Signal) -> None:
        self._wake_worker = wake_worker

    def announce(self) -> None:
        self._wake_worker.set()
