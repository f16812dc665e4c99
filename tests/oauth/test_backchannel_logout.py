"""Apps are told when a person leaves, whoever ended the session (OpenID Connect Back-Channel Logout 1.0)."""

import threading
from collections.abc import Callable

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select
from werkzeug.serving import make_server

from portal.access.schemas.recovery import RecoverAdministrator
from portal.access.usecases.recover_administrator import recover_administrator
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.change_password import change_password
from portal.accounts.usecases.manage_users import disable_user
from portal.bootstrap import Portal
from portal.grants.models import SessionClient
from portal.infra.actor import SYSTEM
from portal.infra.unit_of_work import UnitOfWork
from portal.jobs.delivery import deliver_due
from portal.sessions.usecases.sign_out import end_all_sessions
from tests.oauth.conftest import RegisterApp
from tests.oauth.leaving import (
    EVENTS,
    Listening,
    calls,
    leave,
    listening,
    receiver,
    set_switches,
    sign_out_here,
)
from tests.oauth.steps import LEFT, App, part_of, payload_of, tokens_for
from tests.support.receivers import Receiver

__all__ = ["listening", "receiver"]

pytestmark = pytest.mark.settings(fetch_loopback=True)


# ------------------------------------------------------------------------------------------------ what an app is told


def test_oidcc_backchannel_rp_initiated_logout(
    app: Flask, portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver
) -> None:
    """Verified as an app does it that knows nothing of us: keys over HTTP, another library, claim by claim."""
    tokens = tokens_for(visitor, listening(backchannel_logout_session_required=True))
    leave(visitor, tokens["id_token"])
    assert deliver_due(portal) == 1
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        keys = httpx.get(f"http://127.0.0.1:{server.server_port}/oauth2/jwks", trust_env=False).json()
    finally:
        server.shutdown()
    (token,), (message,) = receiver.tokens, calls(portal)
    assert set(message.payload) == {"client", "user", "session"}, "no token lies in the database"
    read = jwt.decode(token, KeySet.import_key_set(keys), ["RS256"])
    told, known = read.claims, payload_of(tokens["id_token"])
    assert read.header["typ"] == "logout+jwt"
    assert told["iss"] == known["iss"]
    assert told["aud"] == known["aud"]
    assert (told["sub"], told["sid"]) == (known["sub"], known["sid"])
    assert told["events"] == EVENTS
    assert told["exp"] - told["iat"] == 120
    assert len(told["jti"]) >= 16
    assert set(told) == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}, "and never a nonce"


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA"])
def test_the_token_is_signed_like_the_apps_id_tokens(
    portal: Portal, visitor: FlaskClient, register_app: RegisterApp, receiver: Receiver, algorithm: str
) -> None:
    app = register_app("web", id_token_signed_response_alg=algorithm, require_consent=False)
    set_switches(portal, app, backchannel_logout_uri=f"{receiver.url}/left")
    leave(visitor, tokens_for(visitor, app)["id_token"])
    deliver_due(portal)
    assert part_of(receiver.tokens[0], 0)["alg"] == algorithm
    assert portal.issuer.keys.verify(receiver.tokens[0], typ="logout+jwt")["events"] == EVENTS


def test_a_pairwise_app_is_told_under_the_name_that_it_knows(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver, maya: User
) -> None:
    hint = tokens_for(visitor, listening(subject_type="pairwise"))["id_token"]
    leave(visitor, hint)
    deliver_due(portal)
    told = payload_of(receiver.tokens[0])
    assert told["sub"] == payload_of(hint)["sub"] != str(maya.id)


def test_a_logout_token_is_no_other_token(
    app: Flask,
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    listening: Listening,
    receiver: Receiver,
) -> None:
    """SECURITY.md 9.2.2: what is meant for one place opens no other."""
    leave(visitor, tokens_for(visitor, listening())["id_token"])
    deliver_due(portal)
    (token,) = receiver.tokens
    assert program.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    asked = {"id_token_hint": token, "post_logout_redirect_uri": LEFT}
    answer = app.test_client().get("/oauth2/logout", query_string=asked)
    assert answer.headers["Location"] == "/oauth2/signed-out", "no hint, so no way back"


# ------------------------------------------------------------------------------------------------------ who is told


def test_every_app_of_the_session_is_told_and_no_other(
    portal: Portal,
    visitor: FlaskClient,
    visitor_as: Callable[[User], FlaskClient],
    maya: User,
    listening: Listening,
    receiver: Receiver,
) -> None:
    used, also_used, unused = listening("One"), listening("Two"), listening("Three")
    hint = tokens_for(visitor, used)["id_token"]
    tokens_for(visitor, also_used)
    elsewhere = payload_of(tokens_for(visitor_as(maya), unused)["id_token"])["sid"]
    leave(visitor, hint)
    deliver_due(portal)
    told = [payload_of(token) for token in receiver.tokens]
    assert {one["aud"] for one in told} == {used.client_id, also_used.client_id}
    assert elsewhere not in {one["sid"] for one in told}, "her other browser goes on"


def _disable(uow: UnitOfWork, user: User) -> None:
    disable_user(uow, user.id, DisableUser(reason="left"))


def _change_password(uow: UnitOfWork, user: User) -> None:
    locked = Users(uow.session).lock(user.id)
    assert locked is not None
    change_password(uow, locked, password_hash="another")


def _end_all(uow: UnitOfWork, user: User) -> None:
    assert end_all_sessions(uow, user.id) == 2


def _recover(uow: UnitOfWork, user: User) -> None:
    recover_administrator(uow, RecoverAdministrator(identifier=user.email))


@pytest.mark.parametrize("end", [_disable, _change_password, _recover])
@pytest.mark.parametrize("by_session", [True, False])
def test_whatever_ends_everything_of_a_person_is_told(
    portal: Portal,
    visitor_as: Callable[[User], FlaskClient],
    maya: User,
    listening: Listening,
    receiver: Receiver,
    end: Callable[[UnitOfWork, User], None],
    by_session: bool,  # noqa: FBT001
) -> None:
    app = listening(backchannel_logout_session_required=by_session)
    sids = {payload_of(tokens_for(visitor_as(maya), app)["id_token"])["sid"] for _ in range(2)}
    with portal.unit_of_work(SYSTEM) as uow:
        end(uow, maya)
    deliver_due(portal)
    told = [payload_of(token) for token in receiver.tokens]
    assert {one["sub"] for one in told} == {str(maya.id)}
    if by_session:
        assert {one["sid"] for one in told} == sids
    else:
        assert len(told) == 1, "once, for the person as a whole"
        assert "sid" not in told[0]


def test_signing_out_here_and_being_signed_out_by_an_operator_are_told(
    portal: Portal,
    visitor: FlaskClient,
    visitor_as: Callable[[User], FlaskClient],
    maya: User,
    listening: Listening,
    receiver: Receiver,
) -> None:
    app = listening()
    first = payload_of(tokens_for(visitor, app)["id_token"])["sid"]
    sign_out_here(visitor)
    sids = {payload_of(tokens_for(visitor_as(maya), app)["id_token"])["sid"] for _ in range(2)}
    with portal.unit_of_work(SYSTEM) as uow:
        _end_all(uow, maya)
    deliver_due(portal)
    assert {payload_of(token)["sid"] for token in receiver.tokens} == {first, *sids}


def test_what_was_told_once_is_not_told_again(
    portal: Portal, visitor: FlaskClient, maya: User, listening: Listening, receiver: Receiver
) -> None:
    hint = tokens_for(visitor, listening(), scope="openid")["id_token"]
    leave(visitor, hint)
    for act in (_change_password, _disable):
        with portal.unit_of_work(SYSTEM) as uow:
            act(uow, maya)
    deliver_due(portal)
    assert len(receiver.tokens) == 1


def test_a_person_who_is_gone_is_still_told_of(
    portal: Portal, visitor: FlaskClient, maya: User, listening: Listening, receiver: Receiver
) -> None:
    known = payload_of(tokens_for(visitor, listening())["id_token"])
    with portal.unit_of_work(SYSTEM) as uow:
        _disable(uow, maya)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.delete(Users(uow.session).get(maya.id))
    deliver_due(portal)
    assert [payload_of(token)["sub"] for token in receiver.tokens] == [known["sub"]]


def test_an_app_that_began_to_listen_after_the_sign_in_is_told(
    portal: Portal, visitor: FlaskClient, web_app: App, receiver: Receiver
) -> None:
    hint = tokens_for(visitor, web_app)["id_token"]
    with portal.reading() as session:
        assert session.scalars(select(SessionClient)).all() == [], "nobody else's sign-ins are noted"
    set_switches(portal, web_app, backchannel_logout_uri=f"{receiver.url}/left")
    leave(visitor, hint)
    deliver_due(portal)
    assert len(receiver.tokens) == 1


def test_an_app_that_stopped_listening_is_left_alone(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver
) -> None:
    app = listening()
    leave(visitor, tokens_for(visitor, app)["id_token"])
    set_switches(portal, app, backchannel_logout_uri=None)
    deliver_due(portal)
    assert receiver.forms == []
    assert [message.state for message in calls(portal)] == ["failed"]
