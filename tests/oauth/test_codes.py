"""A code: one minute, one use, one client."""

from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.grants.usecases.sweeping import forget_expired
from portal.infra.actor import SYSTEM
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.ids import new_id
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.steps import App, sign_in_to, tokens_for, userinfo
from tests.support.portals import MovableClock


def test_a_second_use_revokes_what_the_first_one_brought(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    tokens = web_app.redeem(program, code).get_json()
    assert userinfo(program, tokens["access_token"]).status_code == 200
    again = web_app.redeem(program, code)
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 400
    assert [entry.outcome for entry in audit_of(portal, "code.replayed")] == ["failure"]


def test_a_replay_after_the_minute_is_still_a_replay(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    tokens = web_app.redeem(program, code).get_json()
    clock.advance(seconds=90)
    assert web_app.redeem(program, code).status_code == 400
    assert userinfo(program, tokens["access_token"]).status_code == 401


def test_who_can_not_redeem_a_code_can_not_have_its_tokens_revoked(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """Otherwise whoever saw a code in a log could sign people out (OAuth 2.1 section 4.1.3)."""
    owner, other = register_app("web"), register_app("web", name="Heron")
    code = sign_in_to(visitor, owner)["code"]
    tokens = owner.redeem(program, code).get_json()
    attempts = [
        other.redeem(program, code),
        owner.redeem(program, code, code_verifier="w" * 43),
        owner.redeem(program, code, redirect_uri="https://kestrel.example/other"),
        owner.redeem(program, code, redirect_uri=None),
    ]
    assert [(answer.status_code, answer.get_json()["error"]) for answer in attempts] == [
        (400, "invalid_grant")
    ] * 4
    assert userinfo(program, tokens["access_token"]).status_code == 200
    assert owner.refresh(program, tokens["refresh_token"]).status_code == 200
    reasons = [entry.reason for entry in audit_of(portal, "code.refused")]
    assert reasons == ["redirect_uri", "redirect_uri", "code_verifier", "client"]


def test_a_code_of_another_client_stays_good_for_its_own(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    owner, other = register_app("web"), register_app("web", name="Heron")
    code = sign_in_to(visitor, owner)["code"]
    assert other.redeem(program, code).status_code == 400
    assert owner.redeem(program, code).status_code == 200


def test_a_minute_is_the_limit(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    early, late = (sign_in_to(visitor, web_app)["code"] for _ in range(2))
    clock.advance(seconds=50)
    assert web_app.redeem(program, early).status_code == 200
    clock.advance(seconds=11)
    assert web_app.redeem(program, late).get_json()["error"] == "invalid_grant"


def test_nothing_else_is_a_code(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    """CVE-2026-4282, CVE-2026-27840: no other artefact, no cut, longer or changed code."""
    tokens = tokens_for(visitor, web_app)
    code = sign_in_to(visitor, web_app)["code"]
    others = [issue(kind, new_id()).token for kind in TokenKind]
    changed = [code[:-1], code + "A", code.swapcase(), code.replace("cod_", "rft_"), code[::-1], f" {code}"]
    flips = [code[:at] + ("A" if code[at] != "A" else "B") + code[at + 1 :] for at in range(0, len(code), 5)]
    wrong = [*others, *changed, *flips, tokens["refresh_token"], tokens["access_token"], "x" * 5000, "é"]
    accepted = [text for text in wrong if web_app.redeem(program, text).status_code != 400]
    assert accepted == []
    assert web_app.redeem(program, code).status_code == 200


def test_few_codes_are_out_at_once(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    """A flood of requests leaves ten codes behind, the newest (RFC 6819 section 4.4.1.11)."""
    codes = [sign_in_to(visitor, web_app)["code"] for _ in range(13)]
    good = [web_app.redeem(program, code).status_code == 200 for code in codes]
    assert good == [False] * 3 + [True] * 10


def test_the_first_sign_in_is_noted_once(
    portal: Portal, visitor: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    assert client_row(portal, web_app).first_sign_in_at is None
    tokens_for(visitor, web_app)
    first = client_row(portal, web_app).first_sign_in_at
    assert first is not None
    clock.advance(minutes=5)
    tokens_for(visitor, web_app)
    assert client_row(portal, web_app).first_sign_in_at == first


def test_a_sweep_forgets_what_has_expired_and_nothing_else(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    tokens = tokens_for(visitor, web_app)
    clock.advance(days=2)
    with portal.unit_of_work(SYSTEM) as uow:
        forget_expired(uow)
    fresh = web_app.refresh(program, tokens["refresh_token"])
    assert fresh.status_code == 200
    clock.advance(days=40)
    with portal.unit_of_work(SYSTEM) as uow:
        forget_expired(uow)
    assert web_app.refresh(program, fresh.get_json()["refresh_token"]).status_code == 400
