"""The published JSON Schema (2020-12) of conditions, made of the same tables that the checker reads.

Each depth has a definition of its own, because JSON Schema can't count how deep a recursion is. What it can't say at
all, the checker adds: `checking.BEYOND_SCHEMA`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from portal.access.rules.conditions.values import (
    DATE_PATTERN,
    MOMENT_PATTERN,
    TIME_PATTERN,
    ZONE_PATTERN,
)
from portal.access.rules.conditions.vocabulary import (
    ATTRIBUTES,
    FREE_NAME,
    FREE_ROOTS,
    LISTS,
    MAX_DEPTH,
    MAX_LIST,
    MAX_NODES,
    MAX_NUMBER,
    MAX_TEXT,
    OPERATORS,
    TAKES_REF,
    WEEKDAYS,
    Element,
    Kind,
    Operator,
    elements_of,
)

Schema: TypeAlias = "Mapping[str, Schema | Sequence[Schema] | str | int | float | bool | Sequence[str]]"

_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_ELEMENTS: Final[Mapping[Element, Schema]] = {
    Element.TEXT: _TEXT,
    Element.NUMBER: {"type": "number", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER},
    Element.BOOLEAN: {"type": "boolean"},
    Element.MOMENT: {"type": "string", "pattern": MOMENT_PATTERN},
    Element.DATE: {"type": "string", "pattern": DATE_PATTERN},
    Element.TIME: {"type": "string", "pattern": TIME_PATTERN},
    Element.WEEKDAY: {"type": "string", "enum": list(WEEKDAYS)},
    Element.NETWORK: _TEXT,
}
_FREE: Final = f"^({'|'.join(FREE_ROOTS)})\\.{FREE_NAME}$"


def condition_schema(schema_id: str) -> Schema:
    """The whole schema, under the address at which it is published."""
    levels: dict[str, Schema] = {f"level{depth}": _level(depth) for depth in range(1, MAX_DEPTH + 1)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id,
        "title": "Condition of a permission",
        "description": (
            f"At most {MAX_NODES} parts in all. A comparison with something that is missing or of another kind is "
            "neither true nor false, and stays so under “not”; only what is true permits."
        ),
        "$ref": "#/$defs/level1",
        "$defs": {**levels, "comparison": _comparison(), "reference": _reference()},
    }


def _level(depth: int) -> Schema:
    comparison: Schema = {"$ref": "#/$defs/comparison"}
    if depth == MAX_DEPTH:
        return comparison
    below: Schema = {"$ref": f"#/$defs/level{depth + 1}"}
    several: Schema = {"type": "array", "items": below, "minItems": 1, "maxItems": MAX_NODES}
    return {
        "anyOf": [
            _object({"all": several}, required=["all"]),
            _object({"any": several}, required=["any"]),
            _object({"not": below}, required=["not"]),
            comparison,
        ]
    }


def _comparison() -> Schema:
    """One form for each set of attributes that are compared alike."""
    groups: dict[tuple[Kind, bool], list[str]] = {}
    for attribute in ATTRIBUTES.values():
        groups.setdefault((attribute.kind, attribute.needs_zone), []).append(attribute.name)
    forms = [
        _form({"type": "string", "enum": names}, kind, operator, needs_zone=needs_zone)
        for (kind, needs_zone), names in groups.items()
        for operator in OPERATORS[kind]
    ]
    taken: Schema = {"enum": list(ATTRIBUTES)}
    free: Schema = {"type": "string", "pattern": _FREE, "not": taken}
    forms += [_form(free, Kind.ANY, operator, needs_zone=False) for operator in OPERATORS[Kind.ANY]]
    return {"anyOf": forms}


def _form(attribute: Schema, kind: Kind, operator: Operator, *, needs_zone: bool) -> Schema:
    zone: dict[str, Schema] = (
        {"timezone": {"type": "string", "maxLength": 60, "pattern": ZONE_PATTERN}} if needs_zone else {}
    )
    return _object(
        {
            "attribute": attribute,
            "operator": {"const": operator.value},
            "value": _value(kind, operator),
            **zone,
        },
        required=["attribute", "operator", "value"],
    )


def _value(kind: Kind, operator: Operator) -> Schema:
    one = _one_of(_ELEMENTS[element] for element in elements_of(kind, operator))
    if operator in LISTS:
        one = {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_LIST}
    elif operator is Operator.BETWEEN:
        one = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
    return _one_of([one, {"$ref": "#/$defs/reference"}]) if operator in TAKES_REF else one


def _reference() -> Schema:
    names: Schema = {"anyOf": [{"enum": list(ATTRIBUTES)}, {"type": "string", "pattern": _FREE}]}
    return _object({"ref": names}, required=["ref"])


def _one_of(schemas: Iterable[Schema]) -> Schema:
    listed = list(schemas)
    return listed[0] if len(listed) == 1 else {"anyOf": listed}


def _object(properties: Mapping[str, Schema], *, required: Sequence[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
