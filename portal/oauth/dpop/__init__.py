"""Demonstrating proof of possession (RFC 9449): tokens that only the holder of a key can use.

`read_proof` is the pure rule; `proved_key` applies it to a request of ours, with nonces where the portal asks for them.
Endpoints do not call either: `binding` does, for the endpoints that clients ask and for those that take access tokens.
"""

from portal.oauth.dpop.errors import InvalidProofError, NonceNeededError
from portal.oauth.dpop.proof import ALGORITHMS, Proof, ProofRefused, read_proof
from portal.oauth.dpop.requests import HEADER, ProvedKey, proved_key

__all__ = [
    "ALGORITHMS",
    "HEADER",
    "InvalidProofError",
    "NonceNeededError",
    "Proof",
    "ProofRefused",
    "ProvedKey",
    "proved_key",
    "read_proof",
]
