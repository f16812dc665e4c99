"""From a document, or from what a form sent, to the rows that say the same."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from werkzeug.datastructures import MultiDict

from portal.admin.roles.rows import MATCHES, MOST_GROUPS, MOST_ROWS, Match, Row, Rules
from portal.admin.roles.values import as_text

Given = Mapping[str, Any]
LONGEST: Final = 4_000


class _DoesNotFit(Exception):
    """Something that rows can't say."""


def rules_of(document: Given | None) -> Rules | None:
    """The rows of a sound document; None where they could not say all of it, so that nothing is lost by opening it."""
    if document is None:
        return Rules()
    try:
        match, items = _group(document) or ("all", [document])
        matches: list[Match] = [match]
        rows: list[Row] = []
        for item in items:
            inner = _group(item)
            if inner is None:
                rows.append(_row(item, group=0))
                continue
            matches.append(inner[0])
            rows.extend(_row(one, group=len(matches) - 1) for one in inner[1])
    except _DoesNotFit:
        return None
    fits = len(rows) <= MOST_ROWS and len(matches) - 1 <= MOST_GROUPS
    return Rules(matches=tuple(matches), rows=tuple(rows)) if fits else None


def rules_from(sent: MultiDict[str, str]) -> Rules:
    """What stands in the form; numbers that lead nowhere are left out."""
    matches = [_match(sent.get("match-0", ""))]
    while len(matches) <= MOST_GROUPS and f"match-{len(matches)}" in sent:
        matches.append(_match(sent[f"match-{len(matches)}"]))
    rows = tuple(
        Row(
            group=_group_number(sent.get(f"group-{number}", ""), len(matches)),
            attribute=_clean(sent[f"attribute-{number}"]),
            operator=_clean(sent.get(f"operator-{number}", "")),
            texts=tuple(text[:LONGEST] for text in sent.getlist(f"value-{number}")[:60]),
            is_reference=sent.get(f"against-{number}") == "attribute",
            timezone=_clean(sent.get(f"zone-{number}", "")),
        )
        for number in range(MOST_ROWS)
        if f"attribute-{number}" in sent
    )
    return Rules(matches=tuple(matches), rows=rows)


def _group(node: Given) -> tuple[Match, list[Given]] | None:
    """How it is read and what is in it; None for a comparison."""
    positive: tuple[Literal["all", "any"], ...] = ("all", "any")
    for match in positive:
        if match in node:
            return match, node[match]
    if "not" not in node:
        return None
    inner = _group(node["not"])
    if inner is None:
        return "none", [node["not"]]
    if inner[0] != "any":
        raise _DoesNotFit
    return "none", inner[1]


def _row(node: Given, *, group: int) -> Row:
    if _group(node) is not None:
        raise _DoesNotFit
    value = node["value"]
    row = Row(
        group=group,
        attribute=node["attribute"],
        operator=node["operator"],
        is_reference=isinstance(value, dict),
        timezone=node.get("timezone", ""),
    )
    row = Row(**{**row.__dict__, "texts": _texts(value, row)})
    if row.document() != dict(node):
        raise _DoesNotFit
    return row


def _texts(value: object, row: Row) -> tuple[str, ...]:
    if isinstance(value, dict):
        return (str(value["ref"]),)
    if isinstance(value, list):
        texts = tuple(as_text(item, row.elements) for item in value)
        return texts if row.is_pair or row.has_choices else ("\n".join(texts),)
    return (as_text(value, row.elements),)


def _match(text: str) -> Match:
    return next((match for match in MATCHES if match == text), "all")


def _group_number(text: str, count: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 and int(text) < count else 0


def _clean(text: str) -> str:
    return text.strip()[:LONGEST]
