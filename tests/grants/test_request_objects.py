"""What a request object says about itself, and the parameters in it; CONFORMANCE 8."""

from typing import Any

import pytest

from portal.grants.rules.request_objects import ObjectRefused, check_object, parameters_in

NOW = 1_800_000_000
ISSUER = "https://portal.example"
FULL: dict[str, Any] = {
    "iss": "kestrel",
    "client_id": "kestrel",
    "aud": ISSUER,
    "exp": NOW + 60,
    "nbf": NOW,
    "iat": NOW,
    "jti": "x",
}


def _problem(*, is_strict: bool, without: str = "", **changes: Any) -> str | None:  # noqa: ANN401
    claims = {name: value for name, value in {**FULL, **changes}.items() if name != without}
    try:
        check_object(claims, issuer=ISSUER, client_id="kestrel", now=NOW, is_strict=is_strict)
    except ObjectRefused as refused:
        return str(refused)
    return None


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": [ISSUER, "https://other.example"]},
        {"nbf": NOW + 8},
        {"nbf": NOW - 3500},
        {"exp": NOW + 3600},
        {"exp": NOW - 5},
        {"exp": NOW + 60.5},
        {"sub": "somebody"},
    ],
)
def test_what_is_in_order_is_taken(changes: dict[str, Any]) -> None:
    assert _problem(is_strict=True, **changes) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 11},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": NOW + 30},
        {"nbf": [NOW]},
        {"aud": "https://other.example"},
        {"aud": [f"{ISSUER}/"]},
        {"aud": {ISSUER: 1}},
        {"aud": f"{ISSUER}.evil.example"},
        {"iss": "heron"},
        {"client_id": "heron"},
        {"client_id": ["kestrel"]},
        {"sub": "kestrel"},
        {"request": "x"},
        {"request_uri": "urn:x"},
    ],
)
def test_what_is_there_has_to_be_right(changes: dict[str, Any]) -> None:
    assert _problem(is_strict=False, **changes)
    assert _problem(is_strict=True, **changes)


@pytest.mark.parametrize(
    "changes", [{"exp": NOW + 70 * 60}, {"nbf": NOW - 70 * 60, "exp": NOW + 10}, {"exp": float("inf")}]
)
def test_who_has_to_sign_signs_for_an_hour_at_most(changes: dict[str, Any]) -> None:
    assert _problem(is_strict=True, **changes)
    assert _problem(is_strict=False, **changes) is None


@pytest.mark.parametrize("name", ["exp", "nbf", "aud"])
def test_who_has_to_sign_leaves_nothing_out(name: str) -> None:
    assert _problem(is_strict=True, without=name)
    assert _problem(is_strict=False, without=name) is None


def test_parameters_are_written_as_in_an_address() -> None:
    names = {"scope", "max_age", "claims", "resource", "state", "authorization_details"}
    claims = {
        "scope": "openid",
        "max_age": 60,
        "claims": {"id_token": {"acr": None}},
        "resource": ["https://a.example", "https://b.example"],
        "authorization_details": [{"type": "x"}],
        "exp": 1,
        "extra": [object()],
    }
    assert sorted(parameters_in(claims, names)) == [
        ("authorization_details", '[{"type": "x"}]'),
        ("claims", '{"id_token": {"acr": null}}'),
        ("max_age", "60"),
        ("resource", "https://a.example"),
        ("resource", "https://b.example"),
        ("scope", "openid"),
    ]


@pytest.mark.parametrize(
    "claims",
    [
        {"state": 1},
        {"state": None},
        {"scope": ["openid"]},
        {"max_age": True},
        {"max_age": 1.5},
        {"resource": [1]},
        {"claims": 1},
    ],
)
def test_a_parameter_of_the_wrong_kind_is_refused(claims: dict[str, Any]) -> None:
    """To leave it out instead would let the address outside fill it in."""
    with pytest.raises(ObjectRefused):
        list(parameters_in(claims, {"state", "scope", "max_age", "resource", "claims"}))
