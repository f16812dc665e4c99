"""Client certificates behind a proxy (RFC 8705): who is proved by them, what is bound to them, whose word counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.clients.rules.switches import Switches
from portal.infra.settings import Settings, SettingsError, load_settings
from portal.infra.trusted import authorities_of
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.proving import TOKEN, USERINFO, is_refused
from tests.oauth.steps import ISSUER, VERIFIER, App, payload_of, sign_in_to
from tests.support.client_certificates import Certificate, authority, certificate

HEADER = "X-Client-Cert"
SUBJECT = "CN=kestrel,O=Meridian"
CA = authority()
OWN = certificate()
BY_CA = certificate(SUBJECT, by=CA, names=("kestrel.example", "other.example"))


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """A portal behind one proxy, which passes certificates on; one authority is believed."""
    file = tmp_path / "authorities.pem"
    file.write_bytes(CA.pem)
    more = {
        "client_certificate_header": HEADER,
        "trusted_proxy_hops": 1,
        "client_certificate_authorities": file,
    }
    return settings.model_copy(update=more)


@pytest.fixture
def named(register_app: RegisterApp) -> App:
    """Proved by an authority's word about its name."""
    switches = Switches(tls_client_auth_subject_dn=SUBJECT).document()
    return register_app("service", token_endpoint_auth_method="tls_client_auth", switches=switches)


@pytest.fixture
def known(register_app: RegisterApp) -> App:
    """Proved by the key that it has registered; its tokens are bound to the certificate."""
    return register_app(
        "web",
        token_endpoint_auth_method="self_signed_tls_client_auth",
        jwks={"keys": [OWN.jwk]},
        switches=Switches(tls_client_certificate_bound_access_tokens=True).document(),
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
    )


def ask(
    program: FlaskClient,
    app: App,
    text: str | None,
    form: dict[str, str] | None = None,
    *,
    proxied: bool = True,
) -> TestResponse:
    data = {"grant_type": "client_credentials", "client_id": app.client_id, **(form or {})}
    return program.post(TOKEN, data=data, headers=headers_of(text, proxied=proxied))


def headers_of(text: str | None, *, proxied: bool = True) -> dict[str, str]:
    return ({HEADER: text} if text is not None else {}) | (
        {"X-Forwarded-For": "192.0.2.1"} if proxied else {}
    )


def use(program: FlaskClient, token: str, certificate_: Certificate | None) -> TestResponse:
    headers = headers_of(certificate_.escaped if certificate_ else None)
    return program.get(USERINFO, headers={**headers, "Authorization": f"Bearer {token}"})


# ------------------------------------------------------------------------------------------------------ tls_client_auth


def test_an_authority_proves_a_client_by_its_subject(program: FlaskClient, named: App) -> None:
    for text in (BY_CA.escaped, BY_CA.structured, BY_CA.structured.strip(":")):
        assert ask(program, named, text).status_code == 200
    with_other_key = certificate(SUBJECT, by=CA)
    assert ask(program, named, with_other_key.escaped).status_code == 200, "the name counts, not the key"


def test_by_a_host_name_too(program: FlaskClient, register_app: RegisterApp) -> None:
    switches = Switches(tls_client_auth_san_dns="KESTREL.example").document()
    app = register_app("service", token_endpoint_auth_method="tls_client_auth", switches=switches)
    assert ask(program, app, BY_CA.escaped).status_code == 200
    for names in ((), ("*.example",), ("kestrel.example.evil",), ("x.kestrel.example",)):
        assert is_refused(ask(program, app, certificate(SUBJECT, by=CA, names=names).escaped)), names


def test_whom_an_authority_does_not_prove(
    program: FlaskClient, named: App, register_app: RegisterApp
) -> None:
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    wrong = {
        "self-signed under the same name": certificate(SUBJECT),
        "by another authority of the same name": certificate(SUBJECT, by=authority()),
        "by another client": certificate(SUBJECT, by=BY_CA),
        "another subject": certificate("CN=kestrel,O=Evil", by=CA),
        "a part of the subject": certificate("CN=kestrel", by=CA),
        "more than the subject": certificate(f"{SUBJECT},C=NO", by=CA),
        "the subject turned round": certificate("O=Meridian,CN=kestrel", by=CA),
        "another case": certificate("CN=Kestrel,O=Meridian", by=CA),
        "expired": certificate(SUBJECT, by=CA, hours=-1),
        "for servers": certificate(SUBJECT, by=CA, extensions=(server,)),
    }
    taken = [what for what, one in wrong.items() if not is_refused(ask(program, named, one.escaped))]
    assert taken == []
    nameless = register_app("service", token_endpoint_auth_method="tls_client_auth")
    assert is_refused(ask(program, nameless, BY_CA.escaped)), "registered without a name"


# ---------------------------------------------------------------------------------------------------------- self-signed


def test_a_registered_key_proves_a_client(program: FlaskClient, known: App) -> None:
    assert ask(program, known, OWN.escaped).status_code == 200
    for other in (certificate(), BY_CA):
        assert is_refused(ask(program, known, other.escaped))


def test_an_expired_certificate_proves_nothing(program: FlaskClient, register_app: RegisterApp) -> None:
    old = certificate(hours=-1)
    app = register_app(
        "service", token_endpoint_auth_method="self_signed_tls_client_auth", jwks={"keys": [old.jwk]}
    )
    assert is_refused(ask(program, app, old.escaped))


# ---------------------------------------------------------------------------------------------------- whose word counts


def test_what_is_no_certificate_proves_nothing(program: FlaskClient, known: App) -> None:
    texts = (
        *(None, "", "x", ":AAAA:", "::", "A" * 20_000, "%00" * 10),
        *(OWN.escaped[:-50], f"{OWN.escaped},{OWN.escaped}", f"{OWN.escaped}{OWN.escaped}"),
        *(f"{OWN.structured}, {OWN.structured}", OWN.structured[:-1]),
    )
    assert [text for text in texts if not is_refused(ask(program, known, text))] == []


def test_a_stranger_can_not_speak_of_certificates(portal: Portal, program: FlaskClient, known: App) -> None:
    """Who asks the portal directly has come through no proxy, whatever headers they send."""
    assert is_refused(ask(program, known, OWN.escaped, proxied=False))
    reason = audit_of(portal, "client.refused")[0].reason
    assert reason == "No valid client certificate came with the request."
    for name in ("Client-Cert", "X-SSL-Client-Cert", "X-Client-Cert2"):
        answer = program.post(
            TOKEN,
            data={"grant_type": "client_credentials", "client_id": known.client_id},
            headers={name: OWN.escaped, "X-Forwarded-For": "192.0.2.1"},
        )
        assert is_refused(answer), name


def test_other_methods_do_not_become_it_by_a_certificate(
    program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("service")
    assert is_refused(ask(program, app, BY_CA.escaped))
    secret = register_app("service", token_endpoint_auth_method="tls_client_auth")
    assert is_refused(ask(program, secret, BY_CA.escaped, {"client_secret": "x"}))


# ---------------------------------------------------------------------------------------------------------------- bound


def test_tokens_are_bound_to_the_certificate(visitor: FlaskClient, program: FlaskClient, known: App) -> None:
    """RFC 8705 section 3: used with it and with no other, however good that is."""
    code = sign_in_to(visitor, known)["code"]
    form = {"code": code, "redirect_uri": known.redirect_uri, "code_verifier": VERIFIER}
    tokens = ask(program, known, OWN.escaped, {"grant_type": "authorization_code", **form}).get_json()
    assert tokens["token_type"] == "Bearer"
    token = tokens["access_token"]
    assert payload_of(token)["cnf"] == {"x5t#S256": OWN.thumbprint}
    assert use(program, token, OWN).status_code == 200
    for other in (None, certificate(), BY_CA):
        answer = use(program, token, other)
        assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith(
            f'Bearer realm="{ISSUER}", error="invalid_token"'
        )
    facts = program.post(
        "/oauth2/introspect",
        data={"client_id": known.client_id, "token": token},
        headers=headers_of(OWN.escaped),
    ).get_json()
    assert facts["cnf"] == {"x5t#S256": OWN.thumbprint}


def test_an_app_with_a_secret_may_have_bound_tokens_too(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    switches = Switches(tls_client_certificate_bound_access_tokens=True).document()
    app = register_app("service", token_endpoint_auth_method="client_secret_post", switches=switches)
    secret = {"client_secret": app.secret or ""}
    refused = ask(program, app, None, secret)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_request")
    answer = ask(program, app, BY_CA.escaped, secret).get_json()
    assert payload_of(answer["access_token"])["cnf"] == {"x5t#S256": BY_CA.thumbprint}


# ------------------------------------------------------------------------------------------------------------- settings


def test_the_metadata_says_what_the_settings_make_possible(program: FlaskClient) -> None:
    document = program.get("/.well-known/openid-configuration").get_json()
    assert document["tls_client_certificate_bound_access_tokens"] is True
    for name in ("token", "introspection", "revocation"):
        methods = document[f"{name}_endpoint_auth_methods_supported"]
        assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(methods)


def test_a_header_without_a_proxy_is_a_mistake() -> None:
    with pytest.raises(SettingsError, match="PORTAL_TRUSTED_PROXY_HOPS"):
        load_settings({"PORTAL_CLIENT_CERTIFICATE_HEADER": "X-Client-Cert"})
    with pytest.raises(SettingsError, match="PORTAL_CLIENT_CERTIFICATE_HEADER"):
        load_settings({"PORTAL_CLIENT_CERTIFICATE_HEADER": "X_Client_Cert", "PORTAL_TRUSTED_PROXY_HOPS": "1"})


def test_a_file_without_certificates_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "none.pem"
    with pytest.raises(SettingsError, match="PORTAL_CLIENT_CERTIFICATE_AUTHORITIES"):
        authorities_of(Settings(client_certificate_authorities=file))
    file.write_text("none")
    with pytest.raises(SettingsError, match="PORTAL_CLIENT_CERTIFICATE_AUTHORITIES"):
        authorities_of(Settings(client_certificate_authorities=file))
    assert authorities_of(Settings()) is None
