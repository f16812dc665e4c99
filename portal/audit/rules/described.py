"""A state as a person reads it: fields under their names, bonds as lists, and what is other between two of them."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from portal.audit.rules.changes import Readable, name_of, readable
from portal.audit.rules.states import Held, State
from portal.audit.rules.vocabulary import PERMISSIONS, relations_of

RELATION_NAMES: Final[Mapping[str, str]] = {
    "roles": "Roles",
    "people": "People who hold it",
    "members": "Members",
    "groups": "Groups",
    "administrators": "Group administrators",
    "administers": "Looks after",
    PERMISSIONS: "Permissions",
}
MOST_LISTED: Final = 200

Described = dict[str, Readable]
TellConditions = Callable[[object], str]
"""How conditions are said in words; this package knows no feature."""


def as_json(document: object) -> str:
    """In the words of the machine, where there are no better ones."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def described(state: State | None, *, kind: str, at: datetime, tell: TellConditions = as_json) -> Described:
    """Everything that there is to say of a state. Bonds that have ended by themselves until then say so."""
    if state is None:
        return {}
    told = dict(readable(state.fields) or {})
    for relation in (*relations_of(kind), *([PERMISSIONS] if kind == "role" else [])):
        held = state.bonds.get(relation, {})
        told[relation_name(relation)] = listed(held, at=at, tell=tell)
    return told


def relation_name(name: str) -> str:
    """How pages call a relation, or a field that is none."""
    return RELATION_NAMES.get(name) or name_of(name)


def listed(
    held: Mapping[str, Held], *, at: datetime, tell: TellConditions = as_json, most: int = MOST_LISTED
) -> list[str]:
    """By name, each with its end or its conditions; no more than a page can bear."""
    texts = sorted((_text(key, facts or {}, at, tell) for key, facts in held.items()), key=str.casefold)
    return [*texts[:most], f"and {len(texts) - most} more"] if len(texts) > most else texts


def only_what_differs(before: Described, after: Described) -> tuple[Described, Described]:
    """The two sides of what is other between two descriptions; nothing and an empty list are the same."""
    names = [name for name in {**before, **after} if (before.get(name) or None) != (after.get(name) or None)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


def _text(key: str, facts: Mapping[str, Any], at: datetime, tell: TellConditions) -> str:
    label = str(facts.get("label") or key)
    if facts.get("conditions"):
        return f"{label} if {tell(facts['conditions'])}"
    if facts.get("expires_at"):
        ends_at = datetime.fromisoformat(facts["expires_at"])
        words = "ended" if ends_at <= at else "until"
        return f"{label}, {words} {ends_at.day} {ends_at:%b %Y, %H:%M} UTC"
    return label
