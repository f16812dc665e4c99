"""Traces: what one request has set in motion, down to statements and mails, for whoever collects that.

A portal that is not asked for them loads none of what collects them, and pays a call of an empty function.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol, Self

from sqlalchemy import Engine

Said = Mapping[str, str | int]
"""Attributes, under the names of OpenTelemetry's semantic conventions. Never a value that a person gave."""


class Span(Protocol):
    """A stretch of work that is under way."""

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits; empty where nobody traces."""

    def note(self, said: Said) -> None:
        """What has become known of it."""

    def fail(self, kind: str) -> None:
        """It went wrong in this way; a word, never a message."""


class Traces(Protocol):
    """Whoever opens a span closes it: it is the parent of what begins meanwhile in the same thread."""

    @property
    def is_on(self) -> bool:
        """Whether anything is traced at all."""

    def serving(self, name: str, said: Said, *, parent: str | None) -> AbstractContextManager[Span]:
        """A request of somebody else's. `parent` is a W3C `traceparent` that may be believed."""

    def working(self, name: str, said: Said, *, parent: str) -> AbstractContextManager[Span]:
        """Work that a request has promised, which left its `traceparent` with it."""

    def calling(self, name: str, said: Said) -> AbstractContextManager[Span]:
        """A question to a database or a server, where it belongs to anything that is traced."""

    def here(self) -> str | None:
        """The `traceparent` of what is under way in this thread."""

    def watch(self, engine: Engine) -> None:
        """Every statement of this engine becomes a span, where it belongs to anything that is traced."""


class _Nothing:
    """A span of a portal without traces, and the block in which it is open."""

    trace_id = ""

    def note(self, said: Said) -> None:
        """Nobody listens."""

    def fail(self, kind: str) -> None:
        """Nobody listens."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """An error goes on its way."""


NOTHING: Final = _Nothing()


class NoTraces:
    """The usual portal."""

    is_on: Final = False

    def serving(self, name: str, said: Said, *, parent: str | None) -> AbstractContextManager[Span]:  # noqa: ARG002
        return NOTHING

    def working(self, name: str, said: Said, *, parent: str) -> AbstractContextManager[Span]:  # noqa: ARG002
        return NOTHING

    def calling(self, name: str, said: Said) -> AbstractContextManager[Span]:  # noqa: ARG002
        return NOTHING

    def here(self) -> str | None:
        return None

    def watch(self, engine: Engine) -> None:
        """Nobody listens."""


NO_TRACES: Final = NoTraces()
