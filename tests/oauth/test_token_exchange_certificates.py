"""A token that is bound to a client certificate is exchanged by whoever has that (RFC 8705 section 3)."""

import pytest
from flask.testing import FlaskClient

from portal.grants.rules.exchange import ACCESS_TOKEN, GRANT_TYPE, ID_TOKEN
from portal.infra.settings import Settings
from tests.oauth.conftest import RegisterApp
from tests.oauth.exchanging import exchanger, refusal_of
from tests.oauth.proving import TOKEN
from tests.oauth.steps import VERIFIER, App, payload_of, sign_in_to
from tests.support.client_certificates import Certificate, certificate

HEADER = "X-Client-Cert"
OWN, OTHER = certificate(), certificate()
BOUND = {"tls_client_certificate_bound_access_tokens": True}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Rules of the protocol, whatever database is below."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A portal behind one proxy, which passes certificates on."""
    return settings.model_copy(update={"client_certificate_header": HEADER, "trusted_proxy_hops": 1})


def post(program: FlaskClient, app: App, shown: Certificate | None, **form: str) -> dict[str, str]:
    headers, fields = app.credentials()
    proxied = {"X-Forwarded-For": "192.0.2.1", **({HEADER: shown.escaped} if shown else {})}
    answer = program.post(TOKEN, data={**fields, **form}, headers=headers | proxied)
    if answer.status_code != 200:
        return dict(zip(("error", "error_description"), refusal_of(answer), strict=True))
    told: dict[str, str] = answer.get_json()
    return told


def test_only_whoever_shows_the_certificate_exchanges_the_token(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches=BOUND)
    code = sign_in_to(visitor, app)["code"]
    redeem = {"code": code, "redirect_uri": app.redirect_uri, "code_verifier": VERIFIER}
    tokens = post(program, app, OWN, grant_type="authorization_code", **redeem)
    token = tokens["access_token"]
    assert payload_of(token)["cnf"] == {"x5t#S256": OWN.thumbprint}
    unbound, bound = exchanger(register_app, app), exchanger(register_app, app, switches=BOUND)
    form = {
        "grant_type": GRANT_TYPE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
    }
    for shown in (None, OTHER):
        assert "bound to a key" in post(program, unbound, shown, **form)["error_description"]
    assert "bound to a key" in post(program, bound, OTHER, **form)["error_description"]
    for exchanging in (bound, unbound):
        made = post(program, exchanging, OWN, **form)["access_token"]
        assert payload_of(made)["cnf"] == {"x5t#S256": OWN.thumbprint}, "never bound to less than before"
    of_id = {**form, "subject_token": tokens["id_token"], "subject_token_type": ID_TOKEN}
    assert post(program, unbound, OWN, **of_id)["error"] == "invalid_request", "which is bound to nothing"
