"""What has to happen next, rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from portal.grants.rules.interaction import (
    Allowed,
    Decision,
    Fault,
    Presence,
    Progress,
    Situation,
    Step,
    Trust,
    must_sign_in,
    next_step,
)
from portal.grants.schemas import AuthorizationRequest, RequestedClaims

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MAYA = UUID(int=1)
PRESENCE = Presence(user_id=MAYA, auth_time=NOW - timedelta(minutes=10), acr="1")
WEB = Trust(require_consent=True, can_be_impersonated=False)
ALLOWED = Allowed(may_use=True, scopes=("openid", "email"))


def _request(**changes: Any) -> AuthorizationRequest:  # noqa: ANN401 - any field
    usual = {
        "client_id": "kestrel",
        "redirect_uri": "https://kestrel.example/cb",
        "scopes": ("openid", "email"),
    }
    return AuthorizationRequest(**{**usual, **changes})


def _situation(**changes: Any) -> Situation:  # noqa: ANN401 - any fact
    return replace(Situation(presence=PRESENCE, allowed=ALLOWED, trust=WEB, at=NOW), **changes)


ASKED_NOW = Progress(asked_at=NOW - timedelta(minutes=5))
SIGNED_IN_SINCE = Progress(asked_at=NOW - timedelta(minutes=15))

CASES: list[tuple[str, dict[str, Any], dict[str, Any], Decision]] = [
    ("all is given", {}, {}, Step.ISSUE),
    ("nobody is there", {}, {"presence": None, "allowed": None}, Step.SIGN_IN),
    ("the person is gone", {}, {"allowed": None}, Step.SIGN_IN),
    ("prompt=login", {"prompts": ("login",)}, {}, Step.SIGN_IN),
    ("prompt=login, not yet answered", {"prompts": ("login",)}, {"progress": ASKED_NOW}, Step.SIGN_IN),
    ("prompt=login, answered", {"prompts": ("login",)}, {"progress": SIGNED_IN_SINCE}, Step.ISSUE),
    ("max_age passed", {"max_age_seconds": 599}, {}, Step.SIGN_IN),
    ("max_age holds", {"max_age_seconds": 600}, {}, Step.ISSUE),
    ("max_age=0, answered", {"max_age_seconds": 0}, {"progress": SIGNED_IN_SINCE}, Step.ISSUE),
    ("the person named", {"subject": str(MAYA)}, {}, Step.ISSUE),
    ("another one named", {"subject": "noor"}, {}, Step.SIGN_IN),
    ("prompt=select_account", {"prompts": ("select_account",)}, {}, Step.SELECT_ACCOUNT),
    ("chosen", {"prompts": ("select_account",)}, {"progress": Progress(account_chosen=True)}, Step.ISSUE),
    ("no access", {}, {"allowed": Allowed(may_use=False, scopes=("openid", "email"))}, Step.REFUSED),
    ("nothing allowed yet", {}, {"allowed": Allowed(may_use=True)}, Step.CONSENT),
    ("less allowed", {}, {"allowed": Allowed(may_use=True, scopes=("openid",))}, Step.CONSENT),
    (
        "declined once",
        {},
        {"allowed": Allowed(may_use=True, scopes=("openid",), declined=("email",))},
        Step.ISSUE,
    ),
    ("prompt=consent", {"prompts": ("consent",)}, {}, Step.CONSENT),
    ("consented", {"prompts": ("consent",)}, {"progress": Progress(consented=True)}, Step.ISSUE),
    ("a new claim", {"claims": RequestedClaims(userinfo=("name",))}, {}, Step.CONSENT),
    (
        "no consent needed",
        {},
        {"allowed": Allowed(may_use=True), "trust": replace(WEB, require_consent=False)},
        Step.ISSUE,
    ),
    ("an app that could be any other", {}, {"trust": replace(WEB, can_be_impersonated=True)}, Step.CONSENT),
    ("sign-in comes before consent", {"prompts": ("login", "consent")}, {}, Step.SIGN_IN),
    (
        "access comes before consent",
        {"prompts": ("consent",)},
        {"allowed": Allowed(may_use=False)},
        Step.REFUSED,
    ),
]


@pytest.mark.parametrize(
    ("changes", "facts", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_next_step(changes: dict[str, Any], facts: dict[str, Any], expected: Decision) -> None:
    assert next_step(_request(**changes), _situation(**facts)) == expected


SILENT = [
    ({}, {"presence": None}, "login_required"),
    ({"max_age_seconds": 1}, {}, "login_required"),
    ({"subject": "noor"}, {}, "login_required"),
    ({}, {"allowed": Allowed(may_use=False)}, "access_denied"),
    ({}, {"allowed": Allowed(may_use=True)}, "consent_required"),
    ({}, {"trust": replace(WEB, can_be_impersonated=True)}, "consent_required"),
]


@pytest.mark.parametrize(("changes", "facts", "error"), SILENT)
def test_prompt_none_turns_a_step_into_an_error(
    changes: dict[str, Any], facts: dict[str, Any], error: str
) -> None:
    decision = next_step(_request(prompts=("none",), **changes), _situation(**facts))
    assert isinstance(decision, Fault)
    assert decision.error == error


def test_prompt_none_issues_where_nothing_is_missing() -> None:
    assert next_step(_request(prompts=("none",)), _situation()) is Step.ISSUE


def test_the_wrong_person_after_a_fresh_sign_in_is_an_error_and_no_circle() -> None:
    decision = next_step(_request(subject="noor"), _situation(progress=SIGNED_IN_SINCE))
    assert isinstance(decision, Fault)
    assert decision.error == "login_required"


def test_an_essential_acr_that_nobody_reaches_is_an_error() -> None:
    wish = _request(claims=RequestedClaims(essential_acr=("gold",)))
    decision = next_step(wish, _situation())
    assert isinstance(decision, Fault)
    assert decision.error == "unmet_authentication_requirements"


def test_a_clock_that_stands_still_counts_as_in_time() -> None:
    assert not must_sign_in(_request(max_age_seconds=600), _situation())
    assert must_sign_in(_request(max_age_seconds=600), _situation(at=NOW + timedelta(seconds=1)))
