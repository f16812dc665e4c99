"""What went wrong, as the command line says it: one line, a code for programs, and the exit code of its kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from typer.exceptions import Abort, TyperException

from portal.cli.exits import Exit, StartFailed, Stop

if TYPE_CHECKING:
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    from portal.infra.errors import DomainError, FieldProblem

_INSUFFICIENT_PRIVILEGE: Final = "42501"
LONGEST: Final = 200
"""Of what a database says: the rest is its statement."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """A problem, ready to be printed."""

    exit: Exit
    name: str
    """What programs know it by."""
    message: str
    fields: "tuple[FieldProblem, ...]" = ()
    is_help: bool = False
    """Whether it is no problem but the answer to a command without words."""

    def document(self) -> dict[str, Any]:
        """The shape that programs read."""
        fields = [{"field": one.field, "code": one.code, "message": one.message} for one in self.fields]
        return {"error": {"code": self.name, "message": self.message, "fields": fields}}


def told_of(problem: Exception) -> Told | None:
    """None for what nobody can mend at the terminal: that is a fault of ours, and shows its trace."""
    match problem:
        case Stop():
            return Told(exit=problem.code, name=problem.name, message=problem.message)
        case TyperException():
            return _usage(problem)
        case Abort():
            return Told(exit=Exit.REFUSED, name="not_confirmed", message="Nothing was changed.")
        case StartFailed():
            return Told(exit=Exit.UNAVAILABLE, name="unavailable", message=str(problem))
        case _:
            return _of_the_portal(problem)


def _of_the_portal(problem: Exception) -> Told | None:
    """What comes from further below, so that all of this is loaded already."""
    from pydantic import ValidationError  # noqa: PLC0415 - a slip of the keyboard loads none of it
    from sqlalchemy.exc import OperationalError, ProgrammingError  # noqa: PLC0415

    from portal.infra.crypto.keyfile import KeyFileError  # noqa: PLC0415
    from portal.infra.errors import DomainError  # noqa: PLC0415
    from portal.infra.settings import SettingsError  # noqa: PLC0415

    match problem:
        case DomainError():
            return _of_domain(problem)
        case ValidationError():
            fields = tuple(_field_problems(problem))
            return Told(exit=Exit.USAGE, name="invalid", message=_in_a_line(fields), fields=fields)
        case SettingsError() | KeyFileError():
            return Told(exit=Exit.UNAVAILABLE, name="unavailable", message=str(problem))
        case OperationalError() | ProgrammingError():
            return Told(exit=Exit.UNAVAILABLE, name="database_unavailable", message=_of_database(problem))
        case _:
            return None


def _of_domain(problem: "DomainError") -> Told:
    from portal.infra.errors import Invalid, Kind  # noqa: PLC0415

    exits = {
        Kind.INVALID: Exit.USAGE,
        Kind.NOT_SIGNED_IN: Exit.REFUSED,
        Kind.FORBIDDEN: Exit.REFUSED,
        Kind.NOT_FOUND: Exit.NOT_FOUND,
        Kind.CONFLICT: Exit.CONFLICT,
    }
    fields = problem.fields if isinstance(problem, Invalid) else ()
    code = exits.get(problem.kind, Exit.UNAVAILABLE)
    return Told(exit=code, name=problem.code, message=_said(problem, fields), fields=fields)


def _usage(problem: TyperException) -> Told:
    if type(problem).__name__ == "NoArgsIsHelpError":
        return Told(exit=Exit.USAGE, name="usage", message=problem.message, is_help=True)
    context = getattr(problem, "ctx", None)
    hint = f" (see {context.command_path} --help)" if context is not None else ""
    return Told(exit=Exit.USAGE, name="usage", message=" ".join(problem.format_message().split()) + hint)


def _said(problem: "DomainError", fields: "tuple[FieldProblem, ...]") -> str:
    """Every field that is wrong, not only that some are."""
    if len(fields) == 1 and fields[0].message == problem.message:
        return f"{fields[0].field}: {problem.message}"
    return f"{problem.message} {_in_a_line(fields)}".strip()


def _in_a_line(fields: "tuple[FieldProblem, ...]") -> str:
    return "; ".join(f"{one.field}: {one.message}" if one.field else one.message for one in fields)


def _field_problems(invalid: "ValidationError") -> "Iterator[FieldProblem]":
    """Never with the value: it may be a password."""
    from portal.infra.errors import FieldProblem  # noqa: PLC0415
    from portal.infra.wording import in_words  # noqa: PLC0415

    for error in invalid.errors(include_url=False, include_input=False):
        name = ".".join(map(str, error["loc"]))
        yield FieldProblem(name, error["type"], in_words(error, name.replace("_", " ")))


def _of_database(problem: "DBAPIError") -> str:
    reason = " ".join(str(problem.orig).split())[:LONGEST]
    if "no such table" in reason or "does not exist" in reason or "no such column" in reason:
        return f"the database is not prepared ({reason}); run: portal migrate"
    if getattr(problem.orig, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE:
        return f"this role of the database may not do that ({reason}); use the address of its owner (docs/audit.md)"
    return f"the database can't be reached ({reason}); check PORTAL_DATABASE_URL"
