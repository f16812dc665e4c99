"""A file of people, read and judged line by line; nothing is stored here."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.orm import Session

from portal.accounts.repository import Users
from portal.accounts.schemas import AddUser
from portal.infra.errors import Invalid

MOST_BYTES: Final = 2_000_000
MOST_LINES: Final = 10_000
PERSON: Final = ("email", "name", "username", "given_name", "family_name")
LISTS: Final = ("roles", "groups")
ATTRIBUTE: Final = "attributes."
TEMPLATE: Final = (*PERSON, *LISTS, "attributes.department")
_OTHER_NAMES: Final = {
    "e-mail": "email", "mail": "email", "e_mail": "email", "email_address": "email", "full_name": "name",
    "display_name": "name", "first_name": "given_name", "last_name": "family_name", "user_name": "username",
    "role": "roles", "group": "groups",
}  # fmt: skip
_ESCAPED: Final = re.compile(r"^'(?=[=+\-@\t\r])")
"""The apostrophe by which our own export keeps a spreadsheet from running a cell."""
_WRONG: Final = "file"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell, in words."""

    column: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person of the file. `number` is the line's as an editor shows it."""

    number: int
    email: str
    name: str
    wish: AddUser | None = None
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    attributes: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    exists: bool = False

    def wrong(self, column: str, words: str) -> "Line":
        """The same with one more problem."""
        return replace(self, problems=(*self.problems, Problem(column, words)))


def decode(content: bytes) -> str:
    """The text of an uploaded file.

    Raises:
        Invalid: too large, or not UTF-8.
    """
    if len(content) > MOST_BYTES:
        raise Invalid(f"Use a file of at most {MOST_BYTES // 1_000_000} MB", field=_WRONG)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("Save the file as UTF-8, then upload it again", field=_WRONG) from None


def read_people(text: str) -> list[Line]:
    """Every line as it stands, judged by itself and against the lines before it.

    Raises:
        Invalid: there is no head that names the columns, a column is unknown, or there are too many lines.
    """
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise Invalid(f"Use a file of at most {MOST_BYTES // 1_000_000} MB", field=_WRONG)
    rows = _rows(text.removeprefix("\ufeff"))
    _, head = next(rows, (0, []))
    columns = [_column(name) for name in head]
    _check(columns, head)
    lines = [
        _line(number, dict(zip(columns, cells, strict=False)), len(cells) - len(columns))
        for number, cells in rows
    ]
    if not lines:
        raise Invalid("There is nobody in it: only the line that names the columns", field=_WRONG)
    return _told_apart(lines)


def known_already(session: Session, lines: Sequence[Line]) -> list[Line]:
    """The same lines, with who has an account already, and which usernames are taken."""
    users = Users(session)
    taken = users.emails_among([line.wish.email.lower() for line in lines if line.wish])
    names = users.usernames_among(
        [line.wish.username.lower() for line in lines if line.wish and line.wish.username]
    )
    judged = []
    for line in lines:
        if line.wish and line.wish.email.lower() in taken:
            judged.append(replace(line, exists=True))
        elif line.wish and line.wish.username and line.wish.username.lower() in names:
            judged.append(line.wrong("username", "That username is taken. Choose another one."))
        else:
            judged.append(line)
    return judged


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Cells of each line that is not empty, with its number; comma, semicolon or tab, as the first line has it."""
    head = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                if count > MOST_LINES + 1:
                    raise Invalid(f"Use at most {MOST_LINES:,} lines; split the file", field=_WRONG)
                yield reader.line_num, [_ESCAPED.sub("", cell.strip()) for cell in cells]
    except csv.Error as broken:
        raise Invalid(f"Line {reader.line_num} can't be read: {broken}", field=_WRONG) from None


def _column(name: str) -> str:
    plain = name.strip().lower().replace(" ", "_")
    return _OTHER_NAMES.get(plain, plain)


def _check(columns: Sequence[str], head: Sequence[str]) -> None:
    if "email" not in columns:
        raise Invalid("The first line must name the columns, and one of them must be email", field=_WRONG)
    for column, name in zip(columns, head, strict=True):
        if column not in {*PERSON, *LISTS} and not column.startswith(ATTRIBUTE):
            words = (
                f"“{name[:40]}” is no column that is known. Leave it out, or call it attributes.{column[:40]}"
            )
            raise Invalid(words, field=_WRONG)
        if columns.count(column) > 1:
            raise Invalid(f"The column “{column[:40]}” is there twice", field=_WRONG)


def _line(number: int, cells: Mapping[str, str], surplus: int) -> Line:
    person = {name: cells[name] for name in PERSON if cells.get(name)}
    person.setdefault("name", " ".join(filter(None, (cells.get("given_name"), cells.get("family_name")))))
    attributes = {
        name.removeprefix(ATTRIBUTE): value
        for name, value in cells.items()
        if name.startswith(ATTRIBUTE) and value
    }
    line = Line(
        number=number,
        email=person.get("email", "")[:100],
        name=person["name"][:100],
        roles=_list(cells.get("roles", "")),
        groups=_list(cells.get("groups", "")),
        attributes=attributes,
    )
    if surplus > 0:
        line = line.wrong("line", "There are more cells than columns; put texts with commas between quotes")
    try:
        return replace(line, wish=AddUser.model_validate(person))
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False, include_input=False):
            line = line.wrong(str(error["loc"][0]), _words(error))
        return line


def _list(cell: str) -> tuple[str, ...]:
    """Names in a cell, each once; a semicolon stands between them, since names may hold commas."""
    return tuple(dict.fromkeys(name.strip() for name in re.split(r"[;|]", cell) if name.strip()))


def _words(error: ErrorDetails) -> str:
    match error["type"]:
        case "value_error":
            return str(error.get("ctx", {}).get("error", error["msg"]))
        case "missing" | "string_too_short":
            return "This is missing"
        case "string_too_long":
            return f"Use at most {error.get('ctx', {}).get('max_length')} characters"
        case _:
            return "This can't be used as it is"


def _told_apart(lines: Sequence[Line]) -> list[Line]:
    """Whoever is in the file twice counts once: the first time."""
    first: dict[tuple[str, str], int] = {}
    judged = []
    for line in lines:
        told = line
        for column in ("email", "username"):
            value = getattr(line.wish, column, None)
            if value:
                earlier = first.setdefault((column, value.lower()), line.number)
                if earlier != line.number:
                    told = told.wrong(column, f"Line {earlier} has the same one")
        judged.append(told)
    return judged
