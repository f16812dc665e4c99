"""The one tree of errors that people see; doors turn it into a page, a REST problem or a GraphQL error."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of answer an error deserves; each door knows its own word for it."""

    INVALID = "invalid"
    NOT_SIGNED_IN = "not_signed_in"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    CHANGED = "changed"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of an input; `field` is its name in the schema, dotted where nested."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """A mistake that someone can mend: the message says what is wrong and, where it helps, who can fix it.

    `code` is stable and for programs, `message` is for people, and neither ever quotes a secret. A subclass
    named by a noun (`EmailTaken`) gives its own `code` and inherits from one of the kinds below.
    """

    kind: ClassVar[Kind]
    code: str

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, field={self.field!r})"


class Invalid(DomainError):
    """The input can't be used as it stands. `fields` lists every problem of a form at once."""

    kind = Kind.INVALID
    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        fields: tuple[FieldProblem, ...] = (),
    ) -> None:
        super().__init__(message, code=code, field=field)
        if field is not None and not fields:
            fields = (FieldProblem(field, self.code, message),)
        self.fields = fields


class NotSignedIn(DomainError):
    """Nobody is signed in, or not recently or strongly enough for this."""

    kind = Kind.NOT_SIGNED_IN
    code = "not_signed_in"


class Forbidden(DomainError):
    """The actor is known and may not do this."""

    kind = Kind.FORBIDDEN
    code = "forbidden"


class NotFound(DomainError):
    """There is no such thing, or none that this actor may know of: the two look alike."""

    kind = Kind.NOT_FOUND
    code = "not_found"


class Conflict(DomainError):
    """The input is fine, but the state of the portal has moved on or already holds such a thing."""

    kind = Kind.CONFLICT
    code = "conflict"


class Changed(DomainError):
    """Whoever asks has said what they believe the thing to be, and it is not so any more."""

    kind = Kind.CHANGED
    code = "precondition_failed"


class _Later(DomainError):
    """An error that goes away by waiting."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: int = 1,
        code: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message, code=code, field=field)
        self.retry_after_seconds = max(1, retry_after_seconds)


class Limited(_Later):
    """Asked too often; the asker has to wait."""

    kind = Kind.LIMITED
    code = "limited"


class Unavailable(_Later):
    """The portal can't do it now, through no fault of the asker."""

    kind = Kind.UNAVAILABLE
    code = "unavailable"
