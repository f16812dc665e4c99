"""The time of a story."""

from datetime import UTC, datetime, timedelta
from typing import Final

BEGINNING: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)


class StoryClock:
    """Stands still until the story goes on. The next one begins after it: some ends are kept with the apps."""

    def __init__(self) -> None:
        self.beginning, self.seconds = BEGINNING, 0

    def begin_anew(self) -> None:
        self.beginning, self.seconds = self.now() + timedelta(hours=1), 0

    def now(self) -> datetime:
        return self.beginning + timedelta(seconds=self.seconds)
