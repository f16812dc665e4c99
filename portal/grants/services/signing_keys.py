"""How signing keys come to be: made, sealed, stored; and how long they stay."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from portal.grants.events import SigningKeysCreated
from portal.grants.models import SigningKey
from portal.grants.repository.signing_keys import SigningKeys
from portal.grants.rules.key_life import KeyLife
from portal.infra.crypto.jose import ALGORITHMS, Algorithm, NewKey
from portal.infra.crypto.signers import Signers, SignerUnavailable
from portal.infra.settings import Settings
from portal.infra.unit_of_work import UnitOfWork

LOCK = "grants.signing_keys"


def ensure_signing_keys(uow: UnitOfWork) -> None:
    """Make the first keys of every algorithm: one that signs, and one that clients get to know before it does.

    Called at each start; only the very first one finds anything to do. The keys are made before the lock is taken:
    making them takes longer than another process that starts at the same time would wait for it.

    Raises:
        SignerUnavailable: a signer outside is to make them, and does not answer.
    """
    keys, signers = SigningKeys(uow.session), uow.ports.signers
    missing = [algorithm for algorithm in ALGORITHMS if keys.in_state(algorithm, "active") is None]
    fresh = {algorithm: (signers.make(algorithm), signers.make(algorithm)) for algorithm in missing}
    uow.lock(LOCK)
    for algorithm, (first, second) in fresh.items():
        if keys.in_state(algorithm, "active") is not None:
            continue
        active = store_key(uow, first, state="active")
        following = store_key(uow, second, state="next")
        after = {"algorithm": algorithm, "active": active.kid, "next": following.kid}
        uow.publish(SigningKeysCreated(touched=(active.ref, following.ref), after=after))


def life_of_keys(settings: Settings) -> KeyLife:
    """How long keys of this portal sign, and verify. An app's own lifetimes are never longer than these."""
    lives = (
        timedelta(seconds=settings.access_token_seconds),
        timedelta(seconds=settings.refresh_family_seconds),
        timedelta(minutes=settings.session_lifetime_minutes),
    )
    return KeyLife.of(rotation_days=settings.key_rotation_days, token_lives=lives)


def spare_key(signers: Signers, algorithm: Algorithm) -> NewKey | None:
    """A key to follow one that is to be revoked. That must not wait for a signer which is away; the log says so then,
    and a key is made as soon as there is one.
    """
    try:
        return signers.make(algorithm)
    except SignerUnavailable:
        return None


def store_key(uow: UnitOfWork, fresh: NewKey, *, state: str) -> SigningKey:
    """Keep a new key, its private half sealed to its row; one that will sign nothing is kept without it."""
    row = SigningKey(
        kid=fresh.kid,
        algorithm=fresh.algorithm,
        state=state,
        public_jwk=fresh.public_jwk,
        sealed_private_key="",
        signer=fresh.signer,
        signer_ref=fresh.signer_ref,
        created_at=uow.now,
        activated_at=uow.now if state == "active" else None,
        retired_at=uow.now if state == "retired" else None,
    )
    if fresh.private_der and state != "retired":
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
