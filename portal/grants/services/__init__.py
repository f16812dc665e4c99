"""Steps that several use cases share: signing keys, the tokens that they sign, and what tokens stand for."""

from portal.grants.services.issued import AccessToken, IdTokenHint, Issued
from portal.grants.services.key_ring import KeyRing
from portal.grants.services.signing_keys import ensure_signing_keys
from portal.grants.services.subjects import Subjects
from portal.grants.services.tokens import Issuer

__all__ = ["AccessToken", "IdTokenHint", "Issued", "Issuer", "KeyRing", "Subjects", "ensure_signing_keys"]
