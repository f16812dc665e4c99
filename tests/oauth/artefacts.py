"""One of everything that the portal hands out, and of everything that apps sign for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from portal.clients.schemas import MakeInitialAccessToken
from portal.clients.usecases.initial_access import make_initial_access_token
from portal.grants.rules.exchange import GRANT_TYPE as EXCHANGE
from portal.grants.services.leaving import logout_token
from portal.grants.usecases.devices import GRANT_TYPE as DEVICE
from portal.http.security import cookie_name
from portal.http.signing_in import SESSION
from portal.infra.actor import SYSTEM
from tests.oauth.devices import ask
from tests.oauth.handing_in import pushed
from tests.oauth.proving import TOKEN, SigningApp, proof
from tests.oauth.registering import registered
from tests.oauth.signing_requests import signed
from tests.oauth.steps import App, authorize, payload_of, returned, sign_in_to, tokens_for, userinfo
from tests.support.people import add_person, sign_in
from tests.support.signing import OwnKey, key_set

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal
    from tests.oauth.conftest import RegisterApp

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SIGNED = "application/token-introspection+jwt"
KEY = OwnKey("ES256", kid="own")


@dataclass(frozen=True, kw_only=True)
class House:
    """A portal with one person, an app that may do everything, and one that proves itself by the same key."""

    portal: Portal = field(repr=False)
    flask: Flask = field(repr=False)
    visitor: FlaskClient = field(repr=False)
    program: FlaskClient = field(repr=False)
    app: App
    signer: SigningApp
    registered_id: str
    artefacts: dict[str, str] = field(repr=False)


def furnish(portal: Portal, flask: Flask, visitor: FlaskClient, register_app: RegisterApp) -> House:
    program = flask.test_client(use_cookies=False)
    made = register_app(
        "web",
        require_consent=False,
        grant_types=["authorization_code", "refresh_token", DEVICE, EXCHANGE],
        jwks=key_set(KEY),
        switches={"token_exchange": "impersonation", "userinfo_signed_response_alg": "ES256"},
    )
    proved = register_app(
        "service",
        token_endpoint_auth_method="private_key_jwt",
        grant_types=["client_credentials", BEARER],
        jwks=key_set(KEY),
    )
    signer = SigningApp(**{**vars(proved), "key": KEY})
    newcomer = registered(program)
    artefacts = {
        **_issued(portal, visitor, program, made),
        **_signed_by_the_portal(portal, visitor, program, made),
        "session": _session(portal, flask),
        "registration token": newcomer.token,
        "initial access token": _initial(portal),
        "client secret": str(made.secret),
        "assertion": signer.assertion(),
        "request object": signed(made, key=KEY, prompt="none"),
        "proof": proof(KEY, TOKEN),
    }
    return House(
        portal=portal,
        flask=flask,
        visitor=visitor,
        program=program,
        app=made,
        signer=signer,
        registered_id=newcomer.metadata["client_id"],
        artefacts=artefacts,
    )


def _issued(portal: Portal, visitor: FlaskClient, program: FlaskClient, app: App) -> dict[str, str]:
    tokens, waiting = tokens_for(visitor, app), ask(program, app)
    return {
        "access token": tokens["access_token"],
        "refresh token": tokens["refresh_token"],
        "id token": tokens["id_token"],
        "code": sign_in_to(visitor, app)["code"],
        "device code": waiting["device_code"],
        "user code": waiting["user_code"],
        "request uri": pushed(program, app, prompt="none")["request_uri"],
    }


def _signed_by_the_portal(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, app: App
) -> dict[str, str]:
    tokens = tokens_for(visitor, app)
    headers, fields = app.credentials()
    form = {**fields, "token": tokens["access_token"]}
    introspected = program.post("/oauth2/introspect", data=form, headers={**headers, "Accept": SIGNED})
    silent = app.request(prompt="none", response_mode="jwt")
    return {
        "signed answer": returned(authorize(visitor, silent))["response"],
        "signed userinfo": userinfo(program, tokens["access_token"]).text,
        "signed introspection": introspected.text,
        "logout token": _logout_token(portal, app, UUID(payload_of(tokens["id_token"])["sub"])),
    }


def _logout_token(portal: Portal, app: App, visitor_id: UUID) -> str:
    client, now = portal.clients.find(app.client_id), portal.ports.clock.now()
    assert client is not None
    return logout_token(portal.issuer, client, user_id=visitor_id, session_id=visitor_id, at=now)


def _initial(portal: Portal) -> str:
    with portal.unit_of_work(SYSTEM) as uow:
        return make_initial_access_token(uow, MakeInitialAccessToken(label="CI")).text


def _session(portal: Portal, flask: Flask) -> str:
    somebody = add_person(portal, "nora@meridian.example")
    browser = sign_in(flask.test_client(), portal, somebody)
    with flask.app_context():
        cookie = browser.get_cookie(cookie_name(SESSION))
    assert cookie is not None
    return cookie.value
