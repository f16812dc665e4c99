"""Steps that several use cases share: signing keys, the tokens that they sign, and what tokens stand for."""

from portal.grants.services.signing_keys import ensure_signing_keys

__all__ = ["ensure_signing_keys"]
