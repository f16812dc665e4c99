"""The one schema of an app's protocol settings, and what may not stand beside what."""

from dataclasses import fields
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey
from pydantic import ValidationError

from portal.bootstrap import Portal
from portal.clients.models import Client
from portal.clients.rules import KINDS, ClientKind, Switches, preset_of
from portal.clients.rules.flows import RESPONSE_TYPES, grants_behind, in_our_order
from portal.clients.rules.keys import jwks_problem
from portal.clients.schemas import EditProtocol, RegisterClient
from portal.clients.usecases import register_client
from portal.clients.usecases.protocol import edit_protocol
from portal.infra.errors import Invalid
from portal.infra.unit_of_work import UnitOfWork
from tests.clients.keys import ec_key, ed_key, jwks, public, rsa_key
from tests.clients.steps import act, edit, edited, entries, registered

HTTPS = "https://app.example.org/keys"


def as_it_is(client: Client, **changes: object) -> EditProtocol:
    """A form filled in with what holds, and changed."""
    held = {name: getattr(client, name) for name in ("grant_types", "response_types", "jwks", "jwks_uri")}
    return EditProtocol.model_validate({**client.switches, **held, **changes})


def problems(uow: UnitOfWork, kind: ClientKind = "web", **changes: object) -> dict[str, str]:
    """What is refused, by field; nothing if it is taken."""
    uris = [] if kind == "service" else ["https://a.example/cb", "https://b.example/cb"]
    client = register_client(uow, RegisterClient(client_name="A", kind=kind, redirect_uris=uris)).client
    try:
        edit_protocol(uow, client.id, as_it_is(client, **changes))
    except Invalid as refused:
        return {problem.field: problem.code for problem in refused.fields} or {str(refused.field): "invalid"}
    return {}


def test_every_switch_has_its_field() -> None:
    assert {field.name for field in fields(Switches)} <= set(EditProtocol.model_fields)


@pytest.mark.parametrize("kind", KINDS)
def test_every_preset_passes_through_the_schema_unchanged(kind: ClientKind) -> None:
    switches = preset_of(kind).switches
    assert EditProtocol.model_validate(switches.document()).changed_switches(Switches()) == switches


def test_settings_are_kept_and_audited_with_before_and_after(portal: Portal) -> None:
    client = registered(portal).client
    form = as_it_is(
        client,
        token_endpoint_auth_method="private_key_jwt",
        jwks=jwks(),
        backchannel_logout_uri="https://app.example.org/out",
        access_token_seconds="300",
        request_uris="https://app.example.org/request#hash\n",
    )
    act(portal, lambda uow: edit_protocol(uow, client.id, form))
    snapshot = portal.clients.reload(client.client_id)
    assert snapshot is not None
    assert snapshot.switches.request_uris == ("https://app.example.org/request#hash",)
    assert snapshot.switches.access_token_seconds == 300
    assert snapshot.jwks == jwks()
    entry = entries(portal, "client.edited")[0]
    assert (entry.before_state or {})["token_endpoint_auth_method"] == "client_secret_basic"
    assert (entry.after_state or {})["backchannel_logout_uri"] == "https://app.example.org/out"


def test_nothing_is_published_where_nothing_changed(portal: Portal) -> None:
    client = registered(portal).client
    act(portal, lambda uow: edit_protocol(uow, client.id, as_it_is(client)))
    assert entries(portal, "client.edited") == []


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks", "keys_missing"),
        ({"token_endpoint_auth_method": "self_signed_tls_client_auth"}, "jwks", "keys_missing"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "tls_client_auth_subject_dn", "tls_name"),
        ({"jwks": jwks(), "jwks_uri": HTTPS}, "jwks_uri", "keys_twice"),
        ({"request_object_signing_alg": "ES256"}, "request_object_signing_alg", "keys_missing"),
        ({"request_object_signing_alg": "PS256", "jwks": jwks()}, "request_object_signing_alg", "key_missing"),
        ({"require_signed_request_object": True}, "require_signed_request_object", "keys_missing"),
        ({"id_token_encrypted_response_alg": "ECDH-ES"}, "id_token_encrypted_response_alg", "keys_missing"),
        (
            {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "jwks": jwks()},
            "userinfo_encrypted_response_alg",
            "key_missing",
        ),
        ({"id_token_encrypted_response_enc": "A256GCM"}, "id_token_encrypted_response_alg", "alg_missing"),
        ({"subject_type": "pairwise"}, "sector_identifier_uri", "sector_missing"),
        ({"response_types": ["code", "id_token"]}, "grant_types", "grant_type_missing"),
        ({"grant_types": ["refresh_token"], "response_types": []}, "grant_types", "refresh_token_alone"),
        ({"response_types": []}, "response_types", "response_type_missing"),
        (
            {"grant_types": ["authorization_code", "implicit"], "response_types": ["code id_token"]},
            "grant_types",
            "implicit_off",
        ),
        ({"refresh_idle_seconds": 600, "refresh_family_seconds": 300}, "refresh_idle_seconds", "longer_than_family"),
        ({"backchannel_logout_uri": "http://localhost/out"}, "backchannel_logout_uri", "address"),
        ({"sector_identifier_uri": "http://localhost/sector"}, "sector_identifier_uri", "address"),
        ({"frontchannel_logout_uri": "http://localhost/out"}, "frontchannel_logout_uri", "address"),
    ],
)  # fmt: skip
def test_settings_that_contradict_each_other_are_refused_at_the_field(
    uow: UnitOfWork, changes: dict[str, Any], field: str, code: str
) -> None:
    assert problems(uow, **changes) == {field: code}


@pytest.mark.parametrize(
    "changes",
    [
        {"require_signed_request_object": True, "jwks": jwks()},
        {"introspection_signed_response_alg": "ES256"},
        {"grant_types": ["authorization_code", "client_credentials"]},
        {"require_pkce": False},
    ],
)
def test_an_app_that_keeps_no_secret_has_nothing_that_needs_one(
    uow: UnitOfWork, changes: dict[str, Any]
) -> None:
    assert set(problems(uow, "spa", **changes)) == {next(iter(changes))}


@pytest.mark.parametrize(
    "changes",
    [
        {"require_pushed_authorization_requests": False},
        {"dpop_bound_access_tokens": False},
        {"assertion_audience": "issuer_or_endpoint"},
        {"token_endpoint_auth_signing_alg": "RS256", "jwks": jwks(rsa_key())},
    ],
)
def test_a_profile_stays_whole(uow: UnitOfWork, changes: dict[str, Any]) -> None:
    assert problems(uow, "fapi2", **changes) == {next(iter(changes)): "fapi2"}


def test_both_bindings_of_tokens_may_stand_together(uow: UnitOfWork) -> None:
    both: dict[str, Any] = {
        "dpop_bound_access_tokens": True,
        "tls_client_certificate_bound_access_tokens": True,
    }
    assert problems(uow, **both) == {}


@pytest.mark.settings(fetch_loopback=True)
def test_loopback_may_be_called_where_the_portal_is_told_so(uow: UnitOfWork) -> None:
    names = ("backchannel_logout_uri", "frontchannel_logout_uri", "jwks_uri")
    uris: dict[str, Any] = dict.fromkeys(names, "http://localhost:9000/x")
    assert problems(uow, **uris) == {}


def test_a_sector_has_to_list_every_redirect_uri(uow: UnitOfWork) -> None:
    pairwise: dict[str, Any] = {
        "subject_type": "pairwise",
        "sector_identifier_uri": "https://sector.example/list.json",
    }
    assert problems(uow, **pairwise) == {"sector_identifier_uri": "invalid"}


def test_what_was_wrong_before_keeps_nobody_from_changing_something_else(portal: Portal) -> None:
    client = registered(portal, kind="fapi2").client
    form = edited(client_name="New", token_endpoint_auth_method=None, id_token_signed_response_alg="PS256")
    renamed = edit(portal, client.id, form)
    assert renamed.client_name == "New"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"jwks": jwks() | {"keys": [ec_key().as_dict(private=True)]}}, "holds a secret"),
        ({"jwks": {"keys": [OctKey.generate_key(256).as_dict(private=True)]}}, "holds a secret"),
        ({"jwks": "{"}, "no JSON"),
        ({"jwks": {"keys": []}}, "at least one key"),
        ({"jwks": {"keys": [public(ec_key(), kid=str(n)) for n in range(21)]}}, "at most 20"),
        ({"jwks": {"keys": [public(ec_key()), public(ec_key())]}}, "kid of its own"),
        ({"jwks": {"keys": [public(ec_key(), x="AAAA")]}}, "can't be read"),
        ({"jwks": {"keys": [public(ec_key(), use=["sig"])]}}, "sig or enc"),
        ({"jwks": {"keys": [public(ec_key(), padding="x" * 17_000)]}}, "16 kB"),
        ({"jwks": {"keys": [OKPKey.generate_key("Ed448", {"kid": "a"}).as_dict(private=False)]}}, "at least one"),
        ({"jwks": {"keys": [{"kty": "RSA", "n": "wQ", "e": "AQAB"}]}}, "2048"),
        ({"jwks_uri": "http://app.example.org/keys"}, "Use https"),
        ({"initiate_login_uri": "http://localhost/start"}, "https://"),
        ({"userinfo_signed_response_alg": "none"}, "RS256"),
        ({"userinfo_signed_response_alg": "HS256"}, "RS256"),
        ({"id_token_encrypted_response_alg": "RSA1_5"}, "RSA-OAEP-256"),
        ({"response_types": ["token"]}, "code"),
        ({"grant_types": ["password"]}, "authorization_code"),
        ({"access_token_seconds": 10}, "60"),
        ({"unheard_of": "x"}, "Extra"),
    ],
)  # fmt: skip
def test_what_no_app_can_have_is_refused_at_the_field(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        EditProtocol.model_validate(given)
    [error] = refused.value.errors(include_url=False)
    assert error["loc"][0] == next(iter(given))
    assert words in error["msg"]


def test_keys_of_kinds_that_nobody_here_uses_are_no_mistake() -> None:
    further = ECKey.generate_key("secp256k1", {"kid": "p"}), OKPKey.generate_key("Ed448", {"kid": "e"})
    keys = [public(ed_key()), public(rsa_key()), *(key.as_dict(private=False) for key in further)]
    assert jwks_problem({"keys": keys}) is None


def test_a_response_type_is_a_set_of_words() -> None:
    assert in_our_order("token id_token") == "id_token token"
    assert EditProtocol(response_types=["token code id_token"]).response_types == ["code id_token token"]


def test_the_front_channel_needs_the_implicit_grant() -> None:
    assert [len(grants_behind([one])) for one in RESPONSE_TYPES] == [1, 1, 1, 2, 2, 2]
    assert grants_behind(RESPONSE_TYPES) == ("authorization_code", "implicit")
