"""A condition as rows of a form: a group of comparisons, and groups in it, one level deep.

Most conditions fit; one that does not stays as it is and is edited as JSON. What is sent is never judged here: the
document that comes of it is, by `rules.conditions`, and `Written.places` leads from a JSON pointer back to its row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from portal.access.rules.conditions import (
    OPERATORS,
    Attribute,
    Element,
    Kind,
    Operator,
    attribute_of,
    elements_of,
)
from portal.access.rules.conditions.vocabulary import LISTS, TAKES_REF
from portal.admin.roles.values import from_text, input_type

Match = Literal["all", "any", "none"]
MATCHES: Final[Mapping[Match, str]] = {
    "all": "All of these hold", "any": "At least one of these holds", "none": "None of these holds",
}  # fmt: skip
MOST_ROWS: Final = 60
MOST_GROUPS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison as it stands in the form, whether or not it makes sense yet."""

    group: int = 0
    attribute: str
    operator: str = ""
    texts: tuple[str, ...] = ()
    is_reference: bool = False
    timezone: str = ""

    @property
    def known(self) -> Attribute | None:
        """What the portal knows of the attribute."""
        return attribute_of(self.attribute)

    @property
    def kind(self) -> Kind:
        return self.known.kind if self.known else Kind.ANY

    @property
    def chosen(self) -> Operator | None:
        """The operator, where it is one."""
        return next((one for one in Operator if one == self.operator), None)

    @property
    def elements(self) -> tuple[Element, ...]:
        """What its value is made of."""
        return elements_of(self.kind, self.chosen) if self.chosen else (Element.TEXT,)

    @property
    def takes_list(self) -> bool:
        return self.chosen in LISTS and not self.refers

    @property
    def takes_reference(self) -> bool:
        return self.chosen in TAKES_REF

    @property
    def refers(self) -> bool:
        """Whether another attribute stands where the value would be."""
        return self.is_reference and self.takes_reference

    @property
    def has_choices(self) -> bool:
        """Whether its list is ticked off, not typed."""
        return self.takes_list and self.elements == (Element.WEEKDAY,)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """What its attribute can be compared by."""
        return OPERATORS[self.kind]

    @property
    def is_pair(self) -> bool:
        return self.chosen is Operator.BETWEEN

    def input_type(self, place: int = 0) -> str:
        """The native input that fits what stands there."""
        return input_type(self.text(place), () if self.refers else self.elements)

    def text(self, place: int = 0) -> str:
        """What stands in its input, or in one of its two."""
        return self.texts[place] if place < len(self.texts) else ""

    def document(self) -> dict[str, Any]:
        """The comparison that the row says."""
        zone = {"timezone": self.timezone} if self.timezone and self.known and self.known.needs_zone else {}
        return {"attribute": self.attribute, "operator": self.operator, "value": self._value(), **zone}

    def _value(self) -> object:
        if self.refers:
            return {"ref": self.text().strip()}
        if self.takes_list:
            lines = [line.strip() for text in self.texts for line in text.splitlines()]
            return [from_text(line, self.elements) for line in lines if line]
        if self.is_pair:
            return [from_text(self.text(place).strip(), self.elements) for place in (0, 1)]
        return from_text(self.text().strip(), self.elements)


@dataclass(frozen=True, kw_only=True)
class Written:
    """The document of the rows, and which row (or group, below zero) stands behind each of its places."""

    document: dict[str, Any]
    places: Mapping[str, int]

    def row_at(self, pointer: str) -> int | None:
        """The row that this place, or one around it, belongs to; `-1 - group` for a group."""
        while pointer not in self.places:
            if not pointer:
                return None
            pointer = pointer.rpartition("/")[0]
        return self.places[pointer]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The whole form: how each group is read (the first one is the outermost), and every row."""

    matches: tuple[Match, ...] = ("all",)
    rows: tuple[Row, ...] = field(default=())

    def of(self, group: int) -> list[tuple[int, Row]]:
        """The rows of a group, with their numbers."""
        return [(number, row) for number, row in enumerate(self.rows) if row.group == group]

    def with_row(self, row: Row) -> "Rules":
        return replace(self, rows=(*self.rows, row)) if len(self.rows) < MOST_ROWS else self

    def without_row(self, number: int) -> "Rules":
        return replace(self, rows=tuple(row for place, row in enumerate(self.rows) if place != number))

    def with_group(self) -> "Rules":
        return replace(self, matches=(*self.matches, "any")) if len(self.matches) <= MOST_GROUPS else self

    def without_group(self, group: int) -> "Rules":
        """The outermost group stays."""
        if not 0 < group < len(self.matches):
            return self
        kept = [row for row in self.rows if row.group != group]
        rows = tuple(replace(row, group=row.group - (row.group > group)) for row in kept)
        return Rules(matches=(*self.matches[:group], *self.matches[group + 1 :]), rows=rows)

    def written(self) -> Written:
        """As a document."""
        places: dict[str, int] = {}
        own = self.of(0)
        if self.matches == ("all",) and len(own) == 1:
            return Written(document=own[0][1].document(), places={"": own[0][0]})
        below, place = _frame(self.matches[0])
        items: list[dict[str, Any]] = []
        for number, row in own:
            places[f"{place}/{len(items)}"] = number
            items.append(row.document())
        for group, match in enumerate(self.matches[1:], start=1):
            items.append(self._nested(group, match, f"{place}/{len(items)}", places))
        return Written(document=below(items), places={"": -1, **places})

    def _nested(self, group: int, match: Match, place: str, places: dict[str, int]) -> dict[str, Any]:
        below, inner = _frame(match)
        places[place] = -1 - group
        rows = self.of(group)
        places.update({f"{place}{inner}/{at}": number for at, (number, _) in enumerate(rows)})
        return below([row.document() for _, row in rows])


def _frame(match: Match) -> tuple[Callable[[list[dict[str, Any]]], dict[str, Any]], str]:
    """What a group is in a document, and where its parts are in it."""
    if match == "none":
        return lambda items: {"not": {"any": items}}, "/not/any"
    return lambda items: {match: items}, f"/{match}"
