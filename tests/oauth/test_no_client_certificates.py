"""Without the settings for it, no certificate counts and none is spoken of."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.infra.settings import Settings
from tests.oauth.conftest import RegisterApp
from tests.oauth.proving import TOKEN, is_refused
from tests.support.client_certificates import certificate

METHODS = {"tls_client_auth", "self_signed_tls_client_auth"}


@pytest.mark.settings(trusted_proxy_hops=1)
def test_a_header_that_is_not_named_says_nothing(program: FlaskClient, register_app: RegisterApp) -> None:
    own = certificate()
    app = register_app(
        "service", token_endpoint_auth_method="self_signed_tls_client_auth", jwks={"keys": [own.jwk]}
    )
    headers = {"X-Forwarded-For": "192.0.2.1", "Client-Cert": own.structured, "X-Client-Cert": own.escaped}
    data = {"grant_type": "client_credentials", "client_id": app.client_id}
    assert is_refused(program.post(TOKEN, data=data, headers=headers))


def test_nothing_is_advertised(program: FlaskClient) -> None:
    document = program.get("/.well-known/openid-configuration").get_json()
    assert document["tls_client_certificate_bound_access_tokens"] is False
    assert not METHODS & set(document["token_endpoint_auth_methods_supported"])


@pytest.mark.settings(trusted_proxy_hops=1, client_certificate_header="X-Client-Cert")
def test_without_authorities_only_registered_keys_count(
    settings: Settings, program: FlaskClient, tmp_path: Path
) -> None:
    methods = program.get("/.well-known/openid-configuration").get_json()[
        "token_endpoint_auth_methods_supported"
    ]
    assert METHODS & set(methods) == {"self_signed_tls_client_auth"}
