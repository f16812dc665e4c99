"""What is taken in about apps, and what is refused before any rule is asked."""

from typing import Any

import pytest
from pydantic import ValidationError

from portal.clients.schemas import ClientAccess, EditClient, RegisterClient

GOOD: dict[str, Any] = {
    "client_name": "Kestrel CI",
    "kind": "web",
    "redirect_uris": "https://ci.example.org/cb",
}


def test_a_text_is_taken_as_one_address_a_line() -> None:
    text = "  https://a.example/cb \r\n\n https://b.example/cb\nhttps://a.example/cb\n"
    assert RegisterClient.model_validate(GOOD | {"redirect_uris": text}).redirect_uris == [
        "https://a.example/cb",
        "https://b.example/cb",
    ]


def test_closed_is_the_default() -> None:
    assert RegisterClient.model_validate(GOOD).audience == "roles"
    assert ClientAccess().role_ids == []


@pytest.mark.parametrize(
    "changes",
    [
        {"client_name": ""},
        {"client_name": "   "},
        {"client_name": "x" * 101},
        {"client_name": "two\nlines"},
        {"client_name": "abc\u202edef"},
        {"client_name": "bell\a"},
        {"client_name": ["Kestrel"]},
        {"kind": "browser"},
        {"kind": ["web"]},
        {"redirect_uris": "\n".join(f"https://a.example/{number}" for number in range(21))},
        {"redirect_uris": {"https://a.example": 1}},
        {"redirect_uris": [1]},
        {"audience": "anyone"},
        {"role_ids": ["not an id"]},
    ],
)
def test_what_is_not_of_the_right_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RegisterClient.model_validate(GOOD | changes)


@pytest.mark.parametrize(
    "field",
    [
        "client_id",
        "is_active",
        "first_sign_in_at",
        "grant_types",
        "response_types",
        "id",
        "client_secret",
        "scope",
    ],
)
def test_what_is_not_asked_for_is_refused(field: str) -> None:
    for schema, given in ((RegisterClient, GOOD), (EditClient, {"client_name": "Kestrel CI"})):
        with pytest.raises(ValidationError):
            schema.model_validate(given | {field: "x"})


def test_the_kind_is_chosen_once() -> None:
    with pytest.raises(ValidationError):
        EditClient.model_validate({"client_name": "Kestrel CI", "kind": "web"})


@pytest.mark.parametrize("field", ["client_uri", "logo_uri", "policy_uri", "tos_uri"])
@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "data:text/html,x", "http://a.example/", "//a.example", "https://u@a.example"],
)
def test_a_link_is_a_web_address_or_nothing(field: str, uri: str) -> None:
    with pytest.raises(ValidationError):
        EditClient.model_validate({"client_name": "Kestrel CI", field: uri})
