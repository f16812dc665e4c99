"""The proof of a request of ours: read, with a nonce where the portal asks for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.bootstrap import Portal
from portal.grants.repository.used_ids import Once
from portal.infra.crypto.nonces import Nonces
from portal.oauth.dpop.errors import InvalidProofError, NonceNeededError
from portal.oauth.dpop.proof import LIFETIME, ProofRefused, read_proof

HEADER: Final = "DPoP"
PURPOSE: Final = "dpop"
USED: Final = "The DPoP proof was used before: make a new one, with a jti of its own, for each request."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedKey:
    """The key that a request was proved to come from, and what must not come again."""

    thumbprint: str
    once: Once
    next_nonce: str | None
    """For the client's next proof, where its last nonce is about to end (RFC 9449 section 8.2)."""

    @property
    def used_before(self) -> InvalidProofError:
        return InvalidProofError(description=USED)


def proved_key(
    headers: Sequence[str],
    portal: Portal,
    *,
    method: str,
    address: str,
    at: datetime,
    access_token: str | None = None,
) -> ProvedKey | None:
    """The key of the request's proof; None where there is no proof. `headers` are all that are called DPoP.

    Raises:
        InvalidProofError, NonceNeededError: there is a proof, and it does not do.
    """
    if not headers:
        return None
    if len(headers) > 1:
        raise InvalidProofError(description="There is more than one DPoP header.")
    try:
        proof = read_proof(headers[0], method=method, address=address, at=at, access_token=access_token)
    except ProofRefused as refused:
        raise InvalidProofError(description=str(refused)) from None
    # twice the slack: the clock of the node that sees it again may be behind by as much
    once = Once(PURPOSE, proof.thumbprint, proof.jti, proof.made_at + 2 * LIFETIME)
    return ProvedKey(
        thumbprint=proof.thumbprint, once=once, next_nonce=_next_nonce(proof.nonce, portal, at=at)
    )


def _next_nonce(nonce: str | None, portal: Portal, *, at: datetime) -> str | None:
    """The newest nonce, if that is not the one of the proof.

    Raises:
        NonceNeededError: the proof has none of ours, and the portal asks for it.
    """
    if not portal.ports.settings.dpop_nonces:
        return None
    nonces = Nonces(portal.ports.sealer.derive("dpop nonces"))
    current = nonces.current(at=at)
    if nonce is None or not nonces.is_good(nonce, at=at):
        raise NonceNeededError(current)
    return current if nonce != current else None
