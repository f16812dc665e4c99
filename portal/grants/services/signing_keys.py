"""How signing keys come to be: generated, sealed, stored."""

from collections.abc import Mapping, Sequence

from portal.grants.events import SigningKeysCreated
from portal.grants.models import SigningKey
from portal.grants.repository.signing_keys import SigningKeys
from portal.infra.crypto.jose import ALGORITHMS, NewKey, new_key
from portal.infra.unit_of_work import UnitOfWork

LOCK = "grants.signing_keys"


def ensure_signing_keys(uow: UnitOfWork) -> None:
    """Make the first keys of every algorithm: one that signs, and one that clients get to know before it does.

    Called at each start; only the very first one finds anything to do. The keys are made before the lock is taken:
    making them takes longer than another process that starts at the same time would wait for it.
    """
    keys = SigningKeys(uow.session)
    missing = [algorithm for algorithm in ALGORITHMS if keys.in_state(algorithm, "active") is None]
    fresh = {algorithm: (new_key(algorithm), new_key(algorithm)) for algorithm in missing}
    uow.lock(LOCK)
    for algorithm, (first, second) in fresh.items():
        if keys.in_state(algorithm, "active") is not None:
            continue
        active = store_key(uow, first, state="active")
        following = store_key(uow, second, state="next")
        after = {"algorithm": algorithm, "active": active.kid, "next": following.kid}
        uow.publish(SigningKeysCreated(touched=(active.ref, following.ref), after=after))


def store_key(uow: UnitOfWork, fresh: NewKey, *, state: str) -> SigningKey:
    """Keep a new key, its private half sealed to its row."""
    row = SigningKey(
        kid=fresh.kid,
        algorithm=fresh.algorithm,
        state=state,
        public_jwk=fresh.public_jwk,
        sealed_private_key="",
        created_at=uow.now,
        activated_at=uow.now if state == "active" else None,
    )
    row.sealed_private_key = uow.ports.sealer.seal(fresh.private_der, seal_context(row))
    uow.session.add(row)
    uow.session.flush()
    return row


def seal_context(row: SigningKey) -> str:
    """A sealed key opens in its own row only."""
    return f"signing_keys|sealed_private_key|{row.id}"


def as_published(rows: Sequence[SigningKey]) -> Mapping[str, object]:
    """The JWKS (RFC 7517 section 5) of these keys."""
    return {"keys": [row.public_jwk for row in rows]}
