"""Permissions too fine for a scope (RFC 9396): what may be asked, and how a person reads it."""

import json
from typing import Any

import pytest

from portal.grants.rules.authorization_details import (
    DetailsRefused,
    lines_of,
    parse_details,
    title_of,
)

PAYMENT = {
    "type": "payment_initiation",
    "actions": ["initiate", "status"],
    "locations": ["https://bank.example/payments"],
    "instructedAmount": {"currency": "EUR", "amount": "123.50"},
    "creditors": [{"name": "Heron <b>Ltd</b>"}, {"name": "Kestrel"}],
    "urgent": False,
    "count": 2,
    "note": None,
    "tags": [],
}
KNOWN: dict[str, dict[str, Any]] = {
    "payment_initiation": {"actions": ["initiate", "status", "cancel"]},
    "files": {},
}


def _parse(text: str, *types: str) -> tuple[dict[str, Any], ...]:
    return parse_details(text, types=types or tuple(KNOWN), bounds_of=KNOWN.get)


def test_details_are_taken_as_they_are() -> None:
    assert _parse(json.dumps([PAYMENT, {"type": "files"}])) == (PAYMENT, {"type": "files"})
    assert parse_details(None, types=(), bounds_of=KNOWN.get) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[1]",
        "[{}]",
        '[{"type": 1}]',
        '[{"type": "telepathy"}]',
        '[{"type": "files"}, {"type": "unregistered"}]',
        '[{"type": "files", "actions": "read"}]',
        '[{"type": "files", "locations": [1]}]',
        '[{"type": "files", "identifier": 1}]',
        '[{"type": "payment_initiation", "actions": ["initiate", "steal"]}]',
        '[{"type": "files", "x": NaN}]',
        '[{"type": "files", "x": "a\\u0000b"}]',
        '[{"type": "files", "x": "\\ud800"}]',
        json.dumps([{"type": "files"}] * 11),
        json.dumps([{"type": "files", "x": "x" * 4000}]),
        '[{"type": "files", "x": ' + "[" * 900 + "]" * 900 + "}]",
        "[" * 3000,
    ],
)
def test_what_is_not_right_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(DetailsRefused):
        _parse(text)


def test_a_type_that_only_the_client_knows_is_refused() -> None:
    with pytest.raises(DetailsRefused):
        _parse('[{"type": "telepathy"}]', "telepathy")


def test_every_word_of_them_can_be_read() -> None:
    assert title_of(PAYMENT) == "Payment initiation"
    assert title_of({"type": "https://example.org/files"}) == "https://example.org/files"
    assert list(lines_of(PAYMENT)) == [
        ("Actions", "initiate, status"),
        ("Locations", "https://bank.example/payments"),
        ("Instructed amount, currency", "EUR"),
        ("Instructed amount, amount", "123.50"),
        ("Creditors 1, name", "Heron <b>Ltd</b>"),
        ("Creditors 2, name", "Kestrel"),
        ("Urgent", "No"),
        ("Count", "2"),
        ("Note", "None"),
        ("Tags", "None"),
    ]
