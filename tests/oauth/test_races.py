"""Fifty at once: one code gives one set of tokens, one refresh token one successor, never two (SECURITY.md C-3)."""

from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.grants.models import Grant, RefreshToken, TokenFamily
from portal.grants.services.key_ring import KeyRing
from tests.oauth.steps import App, answer_consent, authorize, returned, sign_in_to, tokens_for, userinfo
from tests.support.crowds import at_once

CROWD = 50

pytestmark = pytest.mark.settings(threads=CROWD)


def _program(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def _statuses(answers: list[TestResponse]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def _patiently(act: Callable[[], TestResponse]) -> TestResponse:
    """Ask again while the answer is that there are too many: 503 promises that nothing has happened."""
    answer = act()
    for _ in range(20):
        if answer.status_code != 503:
            break
        answer = act()
    return answer


def _unused(portal: Portal) -> int:
    """Refresh tokens that could be used now."""
    living = (RefreshToken.rotated_at.is_(None), TokenFamily.revoked_at.is_(None))
    query = select(func.count(RefreshToken.id)).join(TokenFamily, TokenFamily.id == RefreshToken.family_id)
    with portal.reading() as session:
        return session.scalar(query.where(*living)) or 0


def test_one_code_is_redeemed_once(app: Flask, portal: Portal, visitor: FlaskClient, web_app: App) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    answers = at_once(CROWD, lambda _: _patiently(lambda: web_app.redeem(_program(app), code)))
    assert _statuses(answers) == {200: 1, 400: CROWD - 1}
    winner = next(answer for answer in answers if answer.status_code == 200).get_json()
    with portal.reading() as session:
        families = session.scalars(select(TokenFamily)).all()
    assert [family.revoke_reason for family in families] == ["replayed"], "49 valid second uses"
    assert userinfo(visitor, winner["access_token"]).status_code == 401
    assert _unused(portal) == 0


def test_one_refresh_token_is_rotated_once(
    app: Flask, portal: Portal, visitor: FlaskClient, web_app: App
) -> None:
    token = tokens_for(visitor, web_app)["refresh_token"]
    answers = at_once(CROWD, lambda _: _patiently(lambda: web_app.refresh(_program(app), token)))
    assert _statuses(answers) == {200: 1, 400: CROWD - 1}
    assert _unused(portal) == 0, "a token that two hold ends the chain"


def test_wrong_verifiers_in_a_crowd_harm_nobody(app: Flask, visitor: FlaskClient, web_app: App) -> None:
    code = sign_in_to(visitor, web_app)["code"]

    def redeem(number: int) -> TestResponse:
        verifier = {} if number == 25 else {"code_verifier": f"{number:043}"}
        return _patiently(lambda: web_app.redeem(_program(app), code, **verifier))

    answers = at_once(CROWD, redeem)
    assert _statuses(answers) == {200: 1, 400: CROWD - 1}
    assert userinfo(visitor, answers[25].get_json()["access_token"]).status_code == 200


def test_consents_at_once_make_one_grant(
    app: Flask, portal: Portal, maya: object, visitor_as: Callable[[object], FlaskClient], web_app: App
) -> None:
    browsers = [visitor_as(maya) for _ in range(8)]
    pages = [authorize(browser, web_app.request()) for browser in browsers]
    answers = at_once(8, lambda number: answer_consent(browsers[number], pages[number]))
    assert all("code" in returned(answer) for answer in answers)
    with portal.reading() as session:
        assert session.scalar(select(func.count(Grant.id))) == 1


def test_many_people_at_once_get_their_own_tokens(
    app: Flask, add_person: Callable[..., object], visitor_as: Callable[[object], FlaskClient], web_app: App
) -> None:
    """CVE-2021-35472: nobody's tokens are ever mixed up under load."""
    people = [add_person(f"person{number}@meridian.example") for number in range(8)]
    browsers = [visitor_as(person) for person in people]
    for browser in browsers:
        sign_in_to(browser, web_app)

    def whole_journey(number: int) -> str:
        mine = number % len(people)
        tokens = tokens_for(browsers[mine], web_app, prompt="none")
        return str(userinfo(browsers[mine], tokens["access_token"]).get_json()["email"])

    # a browser of the test client has one cookie jar, so each runs its journeys one after the other
    found = at_once(len(people), lambda number: [whole_journey(number) for _ in range(4)])
    assert found == [[f"person{number}@meridian.example"] * 4 for number in range(len(people))]


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_threads_that_sign_at_once_share_one_key(portal: Portal, algorithm: str) -> None:
    ring = KeyRing(portal.reading, portal.ports.signers)
    tokens = at_once(CROWD, lambda number: ring.sign({"sub": str(number)}, algorithm=algorithm, typ="JWT"))  # type: ignore[arg-type]
    assert [ring.verify(token, typ="JWT")["sub"] for token in tokens] == [
        str(number) for number in range(CROWD)
    ]
