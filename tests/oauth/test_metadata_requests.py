"""What is advertised for requests is used in one, and what is not advertised is refused, or not given."""

import json
import socket
from datetime import date
from typing import Any, Final

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from tests.infra.listeners import Listen, listen, says
from tests.oauth.advertised import EVERYTHING, metadata, uses
from tests.oauth.conftest import RegisterApp
from tests.oauth.devices import GRANT_TYPES, device_tokens
from tests.oauth.exchanging import exchanged, exchanger
from tests.oauth.leaving import listening, receiver
from tests.oauth.proving import TOKEN, SigningApp, signing_app
from tests.oauth.signing_requests import KEY, claims_of, signed
from tests.oauth.steps import (
    ISSUER,
    App,
    authorize,
    payload_of,
    returned,
    tokens_for,
    userinfo,
)
from tests.oauth.ways_back import ask, read
from tests.support.signing import key_set

__all__ = ["listen", "listening", "metadata", "receiver"]

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(**EVERYTHING, fetch_loopback=True),
]
BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SAML: Final = "urn:ietf:params:oauth:grant-type:saml2-bearer"
OLD: Final = ["authorization_code", "implicit", "refresh_token"]


@pytest.fixture
def old_app(register_app: RegisterApp, metadata: dict[str, Any]) -> App:
    """May do everything that is advertised."""
    types = metadata["response_types_supported"]
    return register_app(
        "legacy", response_types=types, grant_types=OLD, require_consent=False, scope="openid email"
    )


@uses("response_types_supported", "authorization_response_iss_parameter_supported")
def test_every_response_type_brings_what_it_names(
    visitor: FlaskClient, old_app: App, metadata: dict[str, Any]
) -> None:
    for kind in metadata["response_types_supported"]:
        told = ask(visitor, old_app, response_type=kind, scope="openid").told
        brought = {
            name.removeprefix("access_") for name in told if name in {"code", "id_token", "access_token"}
        }
        assert brought == set(kind.split()), kind
        assert told["iss"] == ISSUER
    for kind in ("token", "none", "password", "code code", "code none"):
        answer = authorize(visitor, old_app.request(response_type=kind))
        assert read(answer).told["error"] == "unsupported_response_type", kind


@uses("response_modes_supported")
def test_every_response_mode_carries_an_answer(
    visitor: FlaskClient, old_app: App, metadata: dict[str, Any]
) -> None:
    carriers = {}
    for mode in metadata["response_modes_supported"]:
        came = ask(visitor, old_app, response_mode=mode)
        carriers[mode] = (came.carrier, "response" in came.told)
    assert carriers == {
        "query": ("query", False), "fragment": ("fragment", False), "form_post": ("form_post", False),
        "query.jwt": ("query", True), "fragment.jwt": ("fragment", True), "form_post.jwt": ("form_post", True),
        "jwt": ("query", True),
    }  # fmt: skip
    for mode in ("web_message", "cookie", "QUERY", "query ", "form_post.jws"):
        told = read(authorize(visitor, old_app.request(response_mode=mode))).told
        assert told["error"] == "invalid_request", mode


@uses("prompt_values_supported", "display_values_supported", "ui_locales_supported", "acr_values_supported")
def test_every_wish_is_understood(visitor: FlaskClient, old_app: App, metadata: dict[str, Any]) -> None:
    shown = {}
    for prompt in metadata["prompt_values_supported"]:
        answer = authorize(visitor, old_app.request(prompt=prompt))
        shown[prompt] = "code" in returned(answer) if answer.status_code == 303 else answer.request.path
    assert shown == {
        "none": True, "login": "/login", "consent": "/oauth2/authorize/resume",
        "select_account": "/oauth2/authorize/resume", "create": "/signup",
    }  # fmt: skip
    for prompt in ("register", "none login", "NONE"):
        assert returned(authorize(visitor, old_app.request(prompt=prompt)))["error"] == "invalid_request", (
            prompt
        )
    for member in ("display", "ui_locales"):
        for value in (
            *metadata[f"{member}_values_supported" if member == "display" else f"{member}_supported"],
            "x",
        ):
            assert "code" in returned(authorize(visitor, old_app.request(**{member: value})))
    (acr,) = metadata["acr_values_supported"]
    tokens = old_app.redeem(visitor, returned(authorize(visitor, old_app.request(acr_values=acr)))["code"])
    assert payload_of(tokens.get_json()["id_token"])["acr"] == acr


@uses("code_challenge_methods_supported")
def test_every_challenge_method_is_checked(
    visitor: FlaskClient, web_app: App, metadata: dict[str, Any]
) -> None:
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert "access_token" in tokens_for(visitor, web_app)
    for method in ("plain", "s256", "S512", None):
        answer = authorize(visitor, web_app.request(code_challenge_method=method))
        assert returned(answer)["error"] == "invalid_request", method


def _fill_in(portal: Portal, maya: User) -> None:
    """Everything that claims can tell of somebody."""
    with portal.unit_of_work(SYSTEM) as uow:
        row = uow.session.merge(maya)
        for field in ("given_name", "family_name", "middle_name", "nickname", "gender"):
            setattr(row, field, field)
        row.profile = row.picture = row.website = "https://maya.example/"
        row.zoneinfo, row.locale, row.birthdate = "Europe/Paris", "fr", date(1990, 5, 17)
        row.phone_number, row.address = "+31207940800", {"country": "Netherlands"}
        row.updated_at = uow.now


@uses("scopes_supported", "claims_supported", "claim_types_supported", "claims_parameter_supported")
def test_every_scope_and_every_claim_can_be_had(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, maya: User,
    metadata: dict[str, Any],
) -> None:  # fmt: skip
    _fill_in(portal, maya)
    scope = " ".join(metadata["scopes_supported"])
    app = register_app("web", scope=scope, require_consent=False)
    tokens = tokens_for(visitor, app, scope=f"{scope} admin of_our_own")
    assert set(tokens["scope"].split()) == set(metadata["scopes_supported"])
    told = userinfo(program, tokens["access_token"]).get_json() | payload_of(tokens["id_token"])
    assert set(told) - {"azp"} == set(metadata["claims_supported"])
    assert not [name for name in told if name.startswith("_claim")], "none is aggregated or distributed"
    assert metadata["claim_types_supported"] == ["normal"]
    wish = {"userinfo": {"nickname": {"essential": True}}}
    asked = tokens_for(visitor, app, scope="openid", claims=json.dumps(wish))
    assert userinfo(program, asked["access_token"]).get_json() == {
        "sub": str(maya.id),
        "nickname": "nickname",
    }


@uses(
    "request_parameter_supported", "request_uri_parameter_supported", "require_request_uri_registration",
    "pushed_authorization_request_endpoint", "require_pushed_authorization_requests",
)  # fmt: skip
def test_requests_come_in_every_advertised_way(
    visitor: FlaskClient, register_app: RegisterApp, listen: Listen, metadata: dict[str, Any]
) -> None:
    published: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        says(published[-1], kind="application/oauth-authz-req+jwt")(connection)

    address = f"http://localhost:{listen(answer).port}/request"
    app = register_app("web", jwks=key_set(KEY), require_consent=False, switches={"request_uris": [address]})
    published.append(signed(app).encode())
    by_value = {"client_id": app.client_id, "request": signed(app)}
    by_reference = {"client_id": app.client_id, "request_uri": address}
    for carried in (app.request(), by_value, by_reference):
        more = {name: app.request()[name] for name in ("response_type", "scope")}
        assert "code" in returned(authorize(visitor, {**more, **carried}))
    assert metadata["require_pushed_authorization_requests"] is False
    assert metadata["require_request_uri_registration"] is True
    assert authorize(visitor, {**by_reference, "request_uri": f"{address}/2"}).status_code in {303, 400}
    assert claims_of(app)["aud"] == ISSUER


@uses("grant_types_supported")
def test_every_grant_type_brings_a_token(
    visitor: FlaskClient,
    program: FlaskClient,
    register_app: RegisterApp,
    old_app: App,
    metadata: dict[str, Any],
) -> None:
    web, device = register_app("web"), register_app("web", grant_types=GRANT_TYPES)
    service = register_app("service")
    tokens = tokens_for(visitor, web)
    bearer = signing_app(
        register_app,
        "service",
        grant_types=["client_credentials", BEARER],
    )
    brought = {
        "authorization_code": tokens["access_token"],
        "refresh_token": web.refresh(program, tokens["refresh_token"]).get_json()["access_token"],
        "client_credentials": service.post(program, TOKEN, grant_type="client_credentials").get_json()[
            "access_token"
        ],
        GRANT_TYPES[-1]: device_tokens(visitor, device)["access_token"],
        "implicit": ask(visitor, old_app, response_type="id_token token", scope="openid").told[
            "access_token"
        ],
        "urn:ietf:params:oauth:grant-type:token-exchange": exchanged(
            program,
            exchanger(register_app, web),
            web.refresh(program, _link(visitor, web)).get_json()["access_token"],
        )["access_token"],
        BEARER: _by_assertion(program, bearer),
    }
    assert set(brought) == set(metadata["grant_types_supported"])
    assert all(brought.values())
    for name in (
        "password",
        "urn:openid:params:grant-type:ciba",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "CODE",
    ):
        answer = web.post(program, TOKEN, grant_type=name, username="maya", password="x")
        assert (answer.status_code, answer.get_json()["error"]) == (400, "unsupported_grant_type")


def _link(visitor: FlaskClient, app: App) -> str:
    return str(tokens_for(visitor, app)["refresh_token"])


def _by_assertion(program: FlaskClient, app: SigningApp) -> str:
    form = {"grant_type": BEARER, "assertion": app.assertion()}
    answer = program.post(TOKEN, data=form)
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["access_token"])
