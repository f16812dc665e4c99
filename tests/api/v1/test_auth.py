"""The two operations that never change (contracts), by the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import error_of

if TYPE_CHECKING:
    from tests.api.conftest import Program

WISH = {"username": "newcomer", "email": "Newcomer@Example.org", "password": "correct-horse-battery-staple"}


def test_registering_answers_with_the_user_and_no_secret(anybody: Program) -> None:
    answer = anybody.post("/auth/register", WISH)
    assert answer.status_code == 201
    user = answer.get_json()
    assert set(user) == {"id", "username", "email", "is_active", "created_at"}
    assert (user["username"], user["is_active"]) == ("newcomer", True)
    assert user["created_at"].endswith("Z")
    assert "correct-horse" not in answer.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": "a" * 51}, "username"),
        ({"username": "MAYA"}, "username"),
        ({"email": "nowhere"}, "email"),
        ({"email": "MAYA@example.org"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password1234567"}, "password"),
        ({"password": None}, "password"),
        ({"is_active": False}, "is_active"),
    ],
)
def test_what_is_invalid_or_taken_is_400_with_the_member(
    maya: Program, anybody: Program, change: dict[str, object], field: str
) -> None:
    error = error_of(anybody.post("/auth/register", {**WISH, **change}), 400)
    assert [detail["field"] for detail in error["details"]] == [field]
    if isinstance(change.get("password"), str):
        assert str(change["password"]) not in str(error)


def test_signing_in_gives_tokens_that_open_the_api(anybody: Program) -> None:
    anybody.post("/auth/register", WISH)
    answer = anybody.post("/auth/login", {"username": "newcomer", "password": WISH["password"]})
    assert answer.status_code == 200
    tokens = answer.get_json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert tokens["token_type"] == "Bearer"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert anybody.get("/me", headers=bearer).get_json()["username"] == "newcomer"
    refused = anybody.get("/me", headers={"Authorization": f"Bearer {tokens['refresh_token']}"})
    error_of(refused, 401)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": "portal-api",
    }
    refreshed = anybody.client.post("/oauth2/token", data=form).get_json()
    again = anybody.get("/me", headers={"Authorization": f"Bearer {refreshed['access_token']}"})
    assert again.status_code == 200


def test_a_wrong_name_and_a_wrong_password_look_the_same(maya: Program, anybody: Program) -> None:
    answers = [
        anybody.post("/auth/login", {"username": name, "password": "wrong-" + WISH["password"]})
        for name in ("maya", "nobody-here")
    ]
    first, second = (error_of(answer, 401) for answer in answers)
    assert first["error"] == second["error"] == "invalid_credentials"
    assert [answer.headers["WWW-Authenticate"] for answer in answers] == ["Bearer", "Bearer"]


@pytest.mark.settings(throttles=True)
def test_whoever_calls_too_often_is_told_how_long_to_wait(anybody: Program) -> None:
    wish = {"username": "maya", "password": "x"}
    answers = [anybody.post("/auth/login", wish) for _ in range(61)]
    limited = next(answer for answer in answers if answer.status_code == 429)
    error_of(limited, 429)
    assert 0 < int(limited.headers["Retry-After"]) <= 300
    assert limited.headers["RateLimit"].startswith('"api_login";r=')
