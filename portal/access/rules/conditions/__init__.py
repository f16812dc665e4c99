"""Conditions of permissions: a JSON document over what is known of the person, the resource and the request.

`problems_of` says whether a document can be saved, `condition_schema` publishes the same as JSON Schema, `holds` and
`evaluate` answer it, `in_words` tells it. A document is data: nothing in it is ever run.
"""

from portal.access.rules.conditions.checking import BEYOND_SCHEMA, Problem, problems_of
from portal.access.rules.conditions.evaluating import Comparison, Trace, evaluate, holds
from portal.access.rules.conditions.facts import Context, Facts, Json, Value, plain
from portal.access.rules.conditions.schema import condition_schema
from portal.access.rules.conditions.telling import (
    HIDDEN,
    attribute_label,
    comparison_in_words,
    in_words,
    operator_in_words,
    value_in_words,
)
from portal.access.rules.conditions.timing import TurningPoints, size_of, turning_points
from portal.access.rules.conditions.vocabulary import (
    ATTRIBUTES,
    LISTS,
    MAX_DEPTH,
    MAX_LIST,
    MAX_NODES,
    MAX_TEXT,
    OPERATORS,
    TAKES_REF,
    WEEKDAYS,
    Attribute,
    Element,
    Kind,
    Operator,
    attribute_of,
    elements_of,
)

__all__ = [
    "ATTRIBUTES",
    "BEYOND_SCHEMA",
    "HIDDEN",
    "LISTS",
    "MAX_DEPTH",
    "MAX_LIST",
    "MAX_NODES",
    "MAX_TEXT",
    "OPERATORS",
    "TAKES_REF",
    "WEEKDAYS",
    "Attribute",
    "Comparison",
    "Context",
    "Element",
    "Facts",
    "Json",
    "Kind",
    "Operator",
    "Problem",
    "Trace",
    "TurningPoints",
    "Value",
    "attribute_label",
    "attribute_of",
    "comparison_in_words",
    "condition_schema",
    "elements_of",
    "evaluate",
    "holds",
    "in_words",
    "operator_in_words",
    "plain",
    "problems_of",
    "size_of",
    "turning_points",
    "value_in_words",
]
