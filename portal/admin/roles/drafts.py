"""What somebody is making of a condition: rows or JSON as they were sent, and what is wrong with them so far."""

from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from werkzeug.datastructures import MultiDict

from portal.access.rules.conditions import Problem, problems_of
from portal.admin.roles.reading import rules_from, rules_of
from portal.admin.roles.rows import Row, Rules

Document = dict[str, Any]

LONGEST: Final = 40_000


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What the page shows."""

    rules: Rules | None
    text: str
    problems: tuple[Problem, ...] = ()
    is_json: bool = False
    fresh: int | None = None
    """The row that was added just now."""


def saved(document: Document | None) -> Draft:
    """What holds now."""
    return Draft(rules=rules_of(document), text=_as_text(document))


def drafted(sent: MultiDict[str, str]) -> tuple[Draft, Document | None]:
    """What was sent, and the document that it means, if it is sound."""
    if "document" in sent:
        return _from_text(sent["document"][:LONGEST])
    rules = rules_from(sent)
    if not rules.rows:
        return Draft(rules=rules, text=""), None
    document = rules.written().document
    problems = tuple(problems_of(document))
    return Draft(rules=rules, text=_as_text(document), problems=problems), None if problems else document


def _from_text(text: str) -> tuple[Draft, Document | None]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        problem = Problem("", "not_json", f"This is no JSON: {error.msg}, line {error.lineno}.")
        return Draft(rules=None, text=text, problems=(problem,), is_json=True), None
    problems = tuple(problems_of(document))
    if problems:
        return Draft(rules=None, text=text, problems=problems, is_json=True), None
    return Draft(rules=rules_of(document), text=text, is_json=True), document


def stepped(draft: Draft, sent: MultiDict[str, str]) -> Draft:
    """One row or group more or less, or the same in the other form. Nothing is judged while somebody is at it."""
    act, _, number = sent["do"].rpartition("-")
    place = int(number) if number.isdecimal() and len(number) < 3 else -1
    rules = draft.rules or Rules()
    match act:
        case "as":
            return draft if draft.is_json else replace(draft, problems=())
        case "add" if number == "group":
            return _open(rules.with_group())
        case "add" if 0 <= place < len(rules.matches):
            grown = rules.with_row(_fresh_row(sent.get(f"new-{place}", ""), group=place))
            return _open(grown, fresh=len(grown.rows) - 1)
        case "remove":
            return _open(rules.without_row(place))
        case "remove-group":
            return _open(rules.without_group(place))
    return replace(draft, problems=())


def _open(rules: Rules, *, fresh: int | None = None) -> Draft:
    return Draft(rules=rules, text=_as_text(rules.written().document) if rules.rows else "", fresh=fresh)


def _fresh_row(attribute: str, *, group: int) -> Row:
    row = Row(group=group, attribute=attribute[:100])
    return replace(row, operator=row.operators[0])


def without_rows(draft: Draft) -> Draft:
    """Nothing to save is no condition either."""
    words = "Add at least one comparison, or remove the condition instead."
    return replace(draft, problems=(Problem("", "empty", words),))


def _as_text(document: Document | None) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() if document is not None else ""
