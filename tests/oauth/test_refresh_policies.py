"""How an app's refresh tokens are used: rotated or kept, with or without a second chance, for how long."""

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.steps import App, tokens_for, userinfo
from tests.support.portals import MovableClock

GRACE = 30


@pytest.fixture
def forgiving_app(register_app: RegisterApp) -> App:
    return register_app("web", switches={"refresh_grace_seconds": GRACE})


@pytest.fixture
def keeping_app(register_app: RegisterApp) -> App:
    return register_app("web", switches={"refresh_rotation": False})


def test_a_token_that_is_kept_works_again_and_again(
    visitor: FlaskClient, program: FlaskClient, keeping_app: App, clock: MovableClock
) -> None:
    """FAPI 2.0 5.3.2.1-9: the previous one must still work 30 seconds later."""
    token = tokens_for(visitor, keeping_app)["refresh_token"]
    for _ in range(3):
        answer = keeping_app.refresh(program, token).get_json()
        assert "refresh_token" not in answer
        assert userinfo(program, answer["access_token"]).status_code == 200
        clock.advance(seconds=31)


def test_a_kept_token_ends_after_a_week_without_use_and_not_before(
    visitor: FlaskClient, program: FlaskClient, keeping_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, keeping_app)["refresh_token"]
    for _ in range(4):
        clock.advance(days=6)
        assert keeping_app.refresh(program, token).status_code == 200
    clock.advance(days=7, seconds=1)
    assert keeping_app.refresh(program, token).status_code == 400


def test_a_kept_token_ends_with_its_family_however_much_it_is_used(
    visitor: FlaskClient, program: FlaskClient, keeping_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, keeping_app)["refresh_token"]
    statuses = []
    for _ in range(6):
        clock.advance(days=5, hours=1)
        statuses.append(keeping_app.refresh(program, token).status_code)
    assert statuses == [200] * 5 + [400]


def test_what_a_public_app_is_given_is_rotated_whatever_it_is_set_to(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """RFC 9700 section 2.2.2: public clients rotate, or bind."""
    app = register_app("spa", switches={"refresh_rotation": False})
    token = tokens_for(visitor, app)["refresh_token"]
    assert app.refresh(program, token).get_json()["refresh_token"] != token
    assert app.refresh(program, token).status_code == 400


def test_a_lost_answer_is_given_once_more_within_the_grace(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, forgiving_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, forgiving_app)["refresh_token"]
    lost = forgiving_app.refresh(program, token).get_json()
    clock.advance(seconds=GRACE - 1)
    again = forgiving_app.refresh(program, token)
    assert again.status_code == 200
    assert again.get_json()["refresh_token"] not in {token, lost["refresh_token"]}
    onward = forgiving_app.refresh(program, again.get_json()["refresh_token"])
    assert onward.status_code == 200
    assert audit_of(portal, "refresh.reused") == []


def test_a_third_use_ends_the_family(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, forgiving_app: App
) -> None:
    token = tokens_for(visitor, forgiving_app)["refresh_token"]
    answers = [forgiving_app.refresh(program, token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    for answer in answers[:2]:
        assert forgiving_app.refresh(program, answer.get_json()["refresh_token"]).status_code == 400
        assert userinfo(program, answer.get_json()["access_token"]).status_code == 401
    assert len(audit_of(portal, "refresh.reused")) == 1


def test_a_second_use_after_the_grace_ends_the_family(
    visitor: FlaskClient, program: FlaskClient, forgiving_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, forgiving_app)["refresh_token"]
    first = forgiving_app.refresh(program, token).get_json()
    clock.advance(seconds=GRACE + 1)
    assert forgiving_app.refresh(program, token).status_code == 400
    assert forgiving_app.refresh(program, first["refresh_token"]).status_code == 400


def test_who_uses_both_answers_is_two_and_ends_the_family(
    visitor: FlaskClient, program: FlaskClient, forgiving_app: App, clock: MovableClock
) -> None:
    """Within the grace a thief can get an answer as well; then the owner's next step tells."""
    token = tokens_for(visitor, forgiving_app)["refresh_token"]
    owner, thief = (forgiving_app.refresh(program, token).get_json() for _ in range(2))
    clock.advance(minutes=5)
    stolen = forgiving_app.refresh(program, thief["refresh_token"]).get_json()
    assert forgiving_app.refresh(program, owner["refresh_token"]).status_code == 400
    assert userinfo(program, stolen["access_token"]).status_code == 401
    assert forgiving_app.refresh(program, stolen["refresh_token"]).status_code == 400


def test_an_answer_that_was_used_has_not_been_lost(
    visitor: FlaskClient, program: FlaskClient, forgiving_app: App
) -> None:
    """Whoever shows the token before it, even within the grace, is somebody else."""
    token = tokens_for(visitor, forgiving_app)["refresh_token"]
    first = forgiving_app.refresh(program, token).get_json()
    onward = forgiving_app.refresh(program, first["refresh_token"]).get_json()
    assert forgiving_app.refresh(program, token).status_code == 400
    assert userinfo(program, onward["access_token"]).status_code == 401
    assert forgiving_app.refresh(program, onward["refresh_token"]).status_code == 400


def test_a_switch_of_the_app_cuts_the_portals_times_and_never_lengthens_them(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, clock: MovableClock
) -> None:
    short = {"access_token_seconds": 120, "refresh_idle_seconds": 600, "refresh_family_seconds": 1500}
    brief = register_app("web", switches=short)
    endless = register_app("web", name="Heron", switches=dict.fromkeys(short, 10**9))
    tokens, others = tokens_for(visitor, brief), tokens_for(visitor, endless)
    assert (tokens["expires_in"], others["expires_in"]) == (120, 3600)
    token = tokens["refresh_token"]
    statuses = []
    for _ in range(3):
        clock.advance(seconds=550)
        answer = brief.refresh(program, token)
        statuses.append(answer.status_code)
        token = answer.get_json().get("refresh_token", token)
    assert statuses == [200, 200, 400], "1,650 seconds are more than the family may have"
    idle = tokens_for(visitor, brief)["refresh_token"]
    clock.advance(seconds=601)
    assert brief.refresh(program, idle).status_code == 400
    clock.advance(days=7)
    assert endless.refresh(program, others["refresh_token"]).status_code == 400


def test_a_services_tokens_follow_its_switch(program: FlaskClient, register_app: RegisterApp) -> None:
    service = register_app("service", switches={"access_token_seconds": 90})
    answer = service.post(program, "/oauth2/token", grant_type="client_credentials").get_json()
    assert answer["expires_in"] == 90
