"""What may be handed in for another token (RFC 8693), and that this one never holds more than what it was got for."""

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.grants.rules.exchange import ACCESS_TOKEN, GRANT_TYPE, ID_TOKEN, JWT, REFRESH_TOKEN
from tests.oauth.conftest import RegisterApp
from tests.oauth.exchanging import (
    STOCK,
    WAGES,
    exchange,
    exchanged,
    exchanger,
    facts_of,
    is_alive,
    refusal_of,
)
from tests.oauth.leaving import set_switches, sign_out_here
from tests.oauth.proving import proving_app
from tests.oauth.steps import App, payload_of, tokens_for, userinfo
from tests.support.portals import MovableClock
from tests.support.signing import OwnKey
from tests.support.statements import statements

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Rules of the protocol, whatever database is below."""


MALFORMED: tuple[dict[str, str | None], ...] = (
    {"subject_token": None},
    {"subject_token_type": None},
    {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"},
    {"subject_token": "x"},
    {"subject_token": "x" * 20_000},
    {"actor_token": "x"},
    {"actor_token_type": ACCESS_TOKEN},
    {"actor_token": "x", "actor_token_type": JWT},
    {"requested_token_type": REFRESH_TOKEN},
    {"requested_token_type": ID_TOKEN},
)


def test_what_is_malformed_or_no_token_is_an_invalid_request(
    program: FlaskClient, stock: App, token: str
) -> None:
    told = [refusal_of(exchange(program, stock, token, **changes)) for changes in MALFORMED]
    assert {error for error, _ in told} == {"invalid_request"}
    assert len({words for _, words in told}) >= 5, "and says what"


def test_a_refresh_token_is_refused_whatever_it_is_called(
    visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App
) -> None:
    refresh_token = tokens_for(visitor, web_app)["refresh_token"]
    told = refusal_of(exchange(program, stock, refresh_token, subject_token_type=REFRESH_TOKEN))
    assert "refresh_token grant" in told[1]
    assert refusal_of(exchange(program, stock, refresh_token))[0] == "invalid_request"
    assert web_app.refresh(program, refresh_token).status_code == 200, "and harmed by neither"


def test_an_app_that_speaks_for_itself_is_nobody_to_act_for(program: FlaskClient, stock: App) -> None:
    own = stock.post(program, "/oauth2/token", grant_type="client_credentials").get_json()["access_token"]
    assert "speaks for an app" in refusal_of(exchange(program, stock, own))[1]


def test_an_id_token_counts_while_its_sign_in_does(
    visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App, maya: User, clock: MovableClock
) -> None:
    tokens = tokens_for(visitor, web_app, scope="openid profile")
    for kind in (ID_TOKEN, JWT):
        told = exchanged(program, stock, tokens["id_token"], subject_token_type=kind)
        assert payload_of(told["access_token"])["sub"] == str(maya.id)
    assert refusal_of(exchange(program, stock, tokens["id_token"]))[0] == "invalid_request", "no access token"
    clock.advance(seconds=3600)
    assert (
        refusal_of(exchange(program, stock, tokens["id_token"], subject_token_type=ID_TOKEN))[0]
        == "invalid_request"
    )


@pytest.mark.parametrize("scope", ["openid profile", "openid profile offline_access"])
def test_an_id_token_of_an_ended_session_counts_for_nothing(
    visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App, *, scope: str
) -> None:
    id_token = tokens_for(visitor, web_app, scope=scope)["id_token"]
    of_it = exchanged(program, stock, id_token, subject_token_type=ID_TOKEN)["access_token"]
    assert is_alive(program, stock, of_it)
    sign_out_here(visitor)
    assert refusal_of(exchange(program, stock, id_token, subject_token_type=ID_TOKEN))[0] == "invalid_request"
    assert not is_alive(program, stock, of_it)


def test_an_id_token_of_revoked_tokens_counts_for_nothing(
    visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App
) -> None:
    tokens = tokens_for(visitor, web_app)
    web_app.post(program, "/oauth2/revoke", token=tokens["refresh_token"])
    tokens_for(visitor, web_app)  # a later sign-in of the same session makes it no better
    refused = exchange(program, stock, tokens["id_token"], subject_token_type=ID_TOKEN)
    assert refusal_of(refused)[0] == "invalid_request"


# ----------------------------------------------------------------------------------------------- never more than before


def test_the_scope_only_gets_narrower(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, web_app: App, stock: App
) -> None:
    token = tokens_for(visitor, web_app, scope="openid profile offline_access roles")["access_token"]
    assert exchanged(program, stock, token)["scope"] == "openid profile", (
        "not to stay, and what the app may have"
    )
    assert exchanged(program, stock, token, scope="roles profile")["scope"] == "profile"
    for scope in ("email", "profile email", "roles", "offline_access", "x\\y"):
        assert refusal_of(exchange(program, stock, token, scope=scope))[0] == "invalid_scope", scope
    unscoped = exchanger(register_app, web_app, scope="")
    assert exchanged(program, unscoped, token)["scope"] == ""


def test_the_audience_is_one_that_the_app_may_ask_for(
    program: FlaskClient, register_app: RegisterApp, web_app: App, stock: App, token: str
) -> None:
    for changes in (
        {"resource": WAGES},
        {"audience": WAGES},
        {"resource": STOCK, "audience": WAGES},
        {"audience": "x"},
    ):
        assert refusal_of(exchange(program, stock, token, **changes))[0] == "invalid_target"
    for_stock = exchanged(program, stock, token, resource=STOCK, audience=STOCK, scope="profile")[
        "access_token"
    ]
    assert payload_of(for_stock)["aud"] == STOCK
    assert payload_of(exchanged(program, stock, for_stock)["access_token"])["aud"] == STOCK
    elsewhere = exchanger(register_app, stock, resources=(WAGES,))
    assert refusal_of(exchange(program, elsewhere, for_stock))[0] == "invalid_target", (
        "never back to the portal"
    )
    assert (
        payload_of(exchanged(program, elsewhere, for_stock, audience=WAGES)["access_token"])["aud"] == WAGES
    )


def test_a_bound_token_is_exchanged_by_its_sender_only(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    own = exchanger(
        register_app, kind="web", grant_types=["authorization_code", GRANT_TYPE], manner="impersonation"
    )
    bound = proving_app(own)
    token = tokens_for(visitor, bound)["access_token"]
    assert "bound to a key" in refusal_of(exchange(program, own, token))[1]
    assert "bound to a key" in refusal_of(exchange(program, bound.with_dpop(OwnKey()), token))[1]
    answer = exchanged(program, bound, token)
    assert answer["token_type"] == "DPoP"
    assert payload_of(answer["access_token"])["cnf"] == payload_of(token)["cnf"]


def test_the_new_token_is_bound_to_the_key_that_is_proved(
    program: FlaskClient, stock: App, token: str
) -> None:
    proving = proving_app(stock)
    answer = exchanged(program, proving, token)
    assert proving.dpop is not None
    assert payload_of(answer["access_token"])["cnf"] == {"jkt": proving.dpop.thumbprint}
    assert answer["token_type"] == "DPoP"


def test_opaque_ones_are_taken_and_given(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches={"access_token_format": "opaque"})
    stock = exchanger(register_app, app, switches={"access_token_format": "opaque"})
    token = tokens_for(visitor, app)["access_token"]
    made = exchanged(program, stock, token)["access_token"]
    assert made.startswith("atk_")
    assert facts_of(program, stock, made)["act"]["sub"] == stock.client_id
    assert "opaque" in refusal_of(exchange(program, stock, token, requested_token_type=JWT))[1]


def test_a_jwt_is_named_as_asked_for(program: FlaskClient, stock: App, token: str) -> None:
    assert exchanged(program, stock, token, requested_token_type=JWT)["issued_token_type"] == JWT


def test_what_an_exchange_costs(portal: Portal, program: FlaskClient, stock: App, token: str) -> None:
    """Before the transaction the token; in it the client's version, the family and the lines of the log."""
    assert exchange(program, stock, token).status_code == 200
    with statements(portal.engine) as asked:
        made = exchanged(program, stock, token)["access_token"]
    assert len(asked) <= 5, asked
    with statements(portal.engine) as asked:
        assert userinfo(program, made).status_code == 200
    assert len(asked) <= 2, asked


def test_the_metadata_says_so(program: FlaskClient) -> None:
    told = program.get("/.well-known/openid-configuration").get_json()["grant_types_supported"]
    assert GRANT_TYPE in told
    assert "urn:ietf:params:oauth:grant-type:jwt-bearer" in told


def test_an_app_names_the_only_one_that_may_act_with_its_tokens(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    register_app: RegisterApp,
    web_app: App,
    stock: App,
) -> None:
    other = exchanger(register_app, web_app)
    set_switches(portal, web_app, may_act=stock.client_id)
    token = tokens_for(visitor, web_app)["access_token"]
    assert payload_of(token)["may_act"] == {"sub": stock.client_id}
    assert "somebody else" in refusal_of(exchange(program, other, token))[1]
    assert exchange(program, stock, token).status_code == 200
