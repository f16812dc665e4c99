"""Clients as the protocol sees them, without a database behind them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from portal.clients.keys import ClientKeys
from portal.clients.rules.switches import Switches
from portal.clients.snapshots import ClientSnapshot
from portal.infra.crypto.jose import ALGORITHMS, TokenRefused
from portal.infra.ids import new_id


def client_of(**members: Any) -> ClientSnapshot:  # noqa: ANN401 - any column
    return ClientSnapshot(**{
        "id": new_id(), "version": datetime(2026, 1, 1, tzinfo=UTC), "client_id": "kestrel", "client_name": "Kestrel",
        "kind": "web", "token_endpoint_auth_method": "private_key_jwt", "redirect_uris": (),
        "post_logout_redirect_uris": (), "grant_types": frozenset(), "response_types": frozenset(), "scopes": (),
        "id_token_signed_response_alg": "RS256", "require_pkce": True, "require_consent": True,
        "access_claims": frozenset(), "is_active": True, "client_uri": None, "logo_uri": None, "policy_uri": None,
        "tos_uri": None, "jwks": None, "jwks_uri": None, "switches": Switches(), "is_vouched": True, "secrets": (),
        **members,
    })  # fmt: skip


def takes(keys: ClientKeys, client: ClientSnapshot, token: str, **further: Any) -> bool:  # noqa: ANN401
    try:
        claims = keys.verify(client, token, algorithms=ALGORITHMS, types={None, "JWT"}, **further)
    except TokenRefused:
        return False
    return claims == {"sub": "x"}
