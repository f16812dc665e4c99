"""Questions about grants, codes, tokens and signing keys."""

from portal.grants.repository.signing_keys import SigningKeys

__all__ = ["SigningKeys"]
