"""One comparison of two values. None is the answer where they are of different kinds: nobody could say."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final, TypeGuard

from portal.access.rules.conditions.facts import Missing, Value
from portal.access.rules.conditions.values import address_of, date_of, moment_of, network_of, time_of
from portal.access.rules.conditions.vocabulary import Operator

Held = bool | None
Comparable = float | datetime | date | time


def compare(actual: Value | Missing, operator: Operator, expected: Value, *, ignores_case: bool) -> Held:
    """Whether it holds. What is missing exists or not, and else nothing is known of it."""
    if operator is Operator.EXISTS:
        is_there = not isinstance(actual, Missing)
        return is_there is expected if isinstance(expected, bool) else None
    if isinstance(actual, Missing):
        return None
    if ignores_case:
        actual, expected = _folded(actual), _folded(expected)
    return _OPERATIONS[operator](actual, expected)


def _folded(value: Value) -> Value:
    if isinstance(value, str):
        return value.casefold()
    return (
        [item.casefold() if isinstance(item, str) else item for item in value]
        if isinstance(value, list)
        else value
    )


def _equals(actual: Value, expected: Value) -> Held:
    """True is not 1 here, and no number equals a text. A day or a moment equals its text."""
    if isinstance(actual, datetime | date | time):
        return _compared(actual, expected, lambda one, other: one == other)
    if isinstance(actual, bool) or isinstance(expected, bool):
        return actual == expected if isinstance(actual, bool) and isinstance(expected, bool) else None
    if isinstance(actual, int | float) and isinstance(expected, int | float):
        return actual == expected
    return actual == expected if isinstance(actual, str) and isinstance(expected, str) else None


def _not_equals(actual: Value, expected: Value) -> Held:
    held = _equals(actual, expected)
    return None if held is None else not held


def _in(actual: Value, expected: Value) -> Held:
    if not _is_list(expected):
        return None
    answers = [_equals(actual, item) for item in expected]
    return True if True in answers else False if False in answers else None


def _contains(actual: Value, expected: Value) -> Held:
    """A list that has the item, or a text that has the text within. In an empty list there is nothing."""
    if _is_list(actual):
        if not isinstance(expected, str | int | float):
            return None
        return any(_equals(item, expected) for item in actual)
    if isinstance(actual, str) and isinstance(expected, str) and expected:
        return expected in actual
    return None


def _starts_with(actual: Value, expected: Value) -> Held:
    """Every text begins with an empty one; compared to that, nothing is said."""
    if isinstance(actual, str) and isinstance(expected, str) and expected:
        return actual.startswith(expected)
    return None


def _greater(actual: Value, expected: Value) -> Held:
    return _compared(actual, expected, lambda one, other: one > other)


def _less(actual: Value, expected: Value) -> Held:
    return _compared(actual, expected, lambda one, other: one < other)


def _between(actual: Value, expected: Value) -> Held:
    """Numbers and days: both ends belong to it. Times and moments: the end does not, so that 17:00 is over at 17:00;
    a window of times whose end comes before its start goes over midnight.
    """
    if not _is_list(expected) or len(expected) != 2:
        return None
    at, low, high = _comparable(actual), _comparable(expected[0]), _comparable(expected[1])
    if isinstance(at, time) and isinstance(low, time) and isinstance(high, time):
        return low <= at < high if low <= high else at >= low or at < high
    if isinstance(at, datetime) and isinstance(low, datetime) and isinstance(high, datetime):
        return low <= at < high
    return _both(_not_less(actual, expected[0]), _not_less(expected[1], actual))


def _not_less(one: Value, other: Value) -> Held:
    return _compared(one, other, lambda left, right: left >= right)


def _both(one: Held, other: Held) -> Held:
    return None if one is None or other is None else one and other


def _ip_in(actual: Value, expected: Value) -> Held:
    address = address_of(actual) if isinstance(actual, str) else None
    if address is None or not _is_list(expected):
        return None
    networks = [network_of(item) if isinstance(item, str) else None for item in expected]
    if any(network is not None and address in network for network in networks):
        return True
    return None if None in networks else False


_OPERATIONS: Final[Mapping[Operator, Callable[[Value, Value], Held]]] = {
    Operator.EQUALS: _equals,
    Operator.NOT_EQUALS: _not_equals,
    Operator.IN: _in,
    Operator.CONTAINS: _contains,
    Operator.STARTS_WITH: _starts_with,
    Operator.GREATER: _greater,
    Operator.LESS: _less,
    Operator.BETWEEN: _between,
    Operator.IP_IN: _ip_in,
}


def _compared(one: Value, other: Value, judge: Callable[[Any, Any], bool]) -> Held:
    left, right = _comparable(one), _comparable(other)
    return judge(left, right) if left is not None and type(left) is type(right) else None


def _comparable(value: Value) -> Comparable | None:
    """What has an order: numbers, and moments, days and times, also as texts."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        return moment_of(value) or date_of(value) or time_of(value)
    return value if isinstance(value, datetime | date | time) else None


def _is_list(value: Value) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, list | tuple)
