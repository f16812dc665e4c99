"""The parameters of an authorization request, by the names of their registry."""

from typing import Final

NAMES: Final = frozenset({
    "response_type", "client_id", "redirect_uri", "scope", "state", "response_mode", "nonce", "display", "prompt",
    "max_age", "ui_locales", "claims_locales", "id_token_hint", "login_hint", "acr_values", "claims", "registration",
    "code_challenge", "code_challenge_method", "resource", "authorization_details", "dpop_jkt",
})  # fmt: skip
"""Everything else is ignored (RFC 6749 section 3.1), and not worth keeping."""
