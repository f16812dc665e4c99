"""Steps that several use cases share: signing keys, the tokens that they sign, and what tokens stand for."""

from portal.grants.services.key_ring import KeyRing
from portal.grants.services.signing_keys import ensure_signing_keys
from portal.grants.services.tokens import AccessToken, IdTokenHint, Issued, Issuer

__all__ = ["AccessToken", "IdTokenHint", "Issued", "Issuer", "KeyRing", "ensure_signing_keys"]
