"""What conditions may speak of: every attribute with its kind, every operator with what it compares to.

The checker, the JSON Schema, the evaluation and the form builder all read these tables; nothing is said twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_DEPTH: Final = 6
MAX_NODES: Final = 64
MAX_TEXT: Final = 200
MAX_LIST: Final = 50
MAX_NUMBER: Final = 2**53
"""Up to here JSON numbers mean the same in every language."""


class Kind(StrEnum):
    """What an attribute's values are."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXTS = "texts"
    MOMENT = "moment"
    DATE = "date"
    TIME = "time"
    WEEKDAY = "weekday"
    ADDRESS = "address"
    ANY = "any"
    """Whatever an operator noted: known only when it is looked at."""


class Operator(StrEnum):
    """How an attribute is compared."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    GREATER = "greater"
    LESS = "less"
    BETWEEN = "between"
    IP_IN = "ip_in"
    EXISTS = "exists"


class Element(StrEnum):
    """What may stand as a value, or as one item of a list."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DATE = "date"
    TIME = "time"
    WEEKDAY = "weekday"
    NETWORK = "network"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """Something that is known of the person, the resource or the request."""

    name: str
    kind: Kind
    label: str
    """As it stands in a sentence: “department”, “time of day”."""
    is_own_choice: bool = False
    """The person sets it themselves, so a condition on it keeps nobody out who wants in."""
    ignores_case: bool = False
    needs_zone: bool = False
    """What it is depends on the time zone; a comparison may name one, else it is UTC."""


WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROOTS: Final = ("subject", "resource", "context")
FREE_ROOTS: Final = ("subject", "resource")
"""Where operators note attributes of their own: on people, and in the metadata of resources."""
FREE_NAME: Final = r"[A-Za-z_][A-Za-z0-9_\-]{0,59}"

_TABLE: Final = (
    Attribute(name="subject.id", kind=Kind.TEXT, label="account id"),
    Attribute(
        name="subject.username", kind=Kind.TEXT, label="username", ignores_case=True, is_own_choice=True
    ),
    Attribute(name="subject.email", kind=Kind.TEXT, label="email address", ignores_case=True),
    Attribute(name="subject.email_domain", kind=Kind.TEXT, label="domain of the email", ignores_case=True),
    Attribute(name="subject.email_verified", kind=Kind.BOOLEAN, label="email is verified"),
    Attribute(name="subject.name", kind=Kind.TEXT, label="name", is_own_choice=True),
    Attribute(name="subject.locale", kind=Kind.TEXT, label="language", ignores_case=True, is_own_choice=True),
    Attribute(name="subject.zoneinfo", kind=Kind.TEXT, label="time zone", is_own_choice=True),
    Attribute(name="subject.created_at", kind=Kind.MOMENT, label="account since"),
    Attribute(name="subject.roles", kind=Kind.TEXTS, label="roles"),
    Attribute(name="subject.groups", kind=Kind.TEXTS, label="groups"),
    Attribute(name="resource.name", kind=Kind.TEXT, label="name of the resource"),
    Attribute(name="resource.type", kind=Kind.TEXT, label="type of the resource"),
    Attribute(name="context.time", kind=Kind.TIME, label="time of day", needs_zone=True),
    Attribute(name="context.weekday", kind=Kind.WEEKDAY, label="weekday", needs_zone=True),
    Attribute(name="context.date", kind=Kind.DATE, label="date", needs_zone=True),
    Attribute(name="context.now", kind=Kind.MOMENT, label="moment"),
    Attribute(name="context.ip", kind=Kind.ADDRESS, label="network address"),
    Attribute(name="context.amr", kind=Kind.TEXTS, label="ways of signing in"),
    Attribute(name="context.acr", kind=Kind.TEXT, label="level of sign-in"),
    Attribute(name="context.auth_age_seconds", kind=Kind.NUMBER, label="seconds since sign-in"),
    Attribute(name="context.client", kind=Kind.TEXT, label="app"),
)
ATTRIBUTES: Final[Mapping[str, Attribute]] = {attribute.name: attribute for attribute in _TABLE}

_EQUAL: Final = (Operator.EQUALS, Operator.NOT_EQUALS)
_ORDERED: Final = (Operator.GREATER, Operator.LESS, Operator.BETWEEN)
OPERATORS: Final[Mapping[Kind, tuple[Operator, ...]]] = {
    Kind.TEXT: (*_EQUAL, Operator.IN, Operator.CONTAINS, Operator.STARTS_WITH, Operator.EXISTS),
    Kind.NUMBER: (*_EQUAL, Operator.IN, *_ORDERED, Operator.EXISTS),
    Kind.BOOLEAN: (*_EQUAL, Operator.EXISTS),
    Kind.TEXTS: (Operator.CONTAINS, Operator.EXISTS),
    Kind.MOMENT: (*_ORDERED, Operator.EXISTS),
    Kind.DATE: (*_EQUAL, Operator.IN, *_ORDERED, Operator.EXISTS),
    Kind.TIME: (*_ORDERED, Operator.EXISTS),
    Kind.WEEKDAY: (*_EQUAL, Operator.IN, Operator.EXISTS),
    Kind.ADDRESS: (Operator.IP_IN, Operator.EXISTS),
    Kind.ANY: (
        *_EQUAL,
        Operator.IN,
        Operator.CONTAINS,
        Operator.STARTS_WITH,
        *_ORDERED,
        Operator.EXISTS,
    ),
}

_ELEMENT: Final[Mapping[Kind, Element]] = {
    Kind.TEXT: Element.TEXT,
    Kind.NUMBER: Element.NUMBER,
    Kind.BOOLEAN: Element.BOOLEAN,
    Kind.TEXTS: Element.TEXT,
    Kind.MOMENT: Element.MOMENT,
    Kind.DATE: Element.DATE,
    Kind.TIME: Element.TIME,
    Kind.WEEKDAY: Element.WEEKDAY,
    Kind.ADDRESS: Element.NETWORK,
}

LISTS: Final = frozenset({Operator.IN, Operator.IP_IN})
"""They compare to a list of at least one."""
TAKES_REF: Final = frozenset({
    Operator.EQUALS, Operator.NOT_EQUALS, Operator.IN, Operator.CONTAINS, Operator.STARTS_WITH, Operator.GREATER,
    Operator.LESS,
})  # fmt: skip
"""They may compare to another attribute instead of a value."""


def attribute_of(name: str) -> Attribute | None:
    """The known attribute, or a free one of that name; None for a name that nothing can have."""
    known = ATTRIBUTES.get(name)
    if known is not None:
        return known
    root, _, rest = name.partition(".")
    if root not in FREE_ROOTS or not _is_free_name(rest):
        return None
    of_what = " of the resource" if root == "resource" else ""
    return Attribute(name=name, kind=Kind.ANY, label=rest.replace("_", " ").replace("-", " ") + of_what)


def elements_of(kind: Kind, operator: Operator) -> tuple[Element, ...]:
    """What the value of such a comparison is made of."""
    if operator is Operator.EXISTS:
        return (Element.BOOLEAN,)
    if kind is not Kind.ANY:
        return (_ELEMENT[kind],)
    if operator in _EQUAL:
        return (Element.TEXT, Element.NUMBER, Element.BOOLEAN)
    if operator in _ORDERED:
        return (Element.NUMBER, Element.DATE, Element.MOMENT, Element.TIME)
    if operator is Operator.STARTS_WITH:
        return (Element.TEXT,)
    return (Element.TEXT, Element.NUMBER)


def may_refer(kind: Kind, operator: Operator, other: Kind) -> bool:
    """Whether the comparison can make sense with an attribute of the `other` kind in place of the value."""
    if Kind.ANY in {kind, other}:
        return not (operator is Operator.IN and other not in {Kind.ANY, Kind.TEXTS})
    if operator is Operator.IN:
        return kind is Kind.TEXT and other is Kind.TEXTS
    if kind is Kind.TEXTS:
        return other is Kind.TEXT
    return kind is other


def _is_free_name(text: str) -> bool:
    """The same as `FREE_NAME`."""
    return (
        0 < len(text) <= 60
        and text.isascii()
        and not text[0].isdigit()
        and text[0] != "-"
        and text.replace("_", "a").replace("-", "a").isalnum()
    )
