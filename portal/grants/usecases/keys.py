"""The life of signing keys: rotate, revoke, make what is missing, drop what nothing needs any more.

Every one of them takes the same lock first and looks at the keys only then, so two processes, or a person and the
clock, never do the same thing twice.
"""

from dataclasses import dataclass

from portal.grants.errors import SigningKeyBusy, SigningKeyMissing, SigningKeyNotFound
from portal.grants.events import SigningKeyForgotten, SigningKeyRevoked, SigningKeyRotated, SigningKeysCreated
from portal.grants.models import SigningKey
from portal.grants.repository.signing_keys import SigningKeys
from portal.grants.rules.key_life import is_too_fresh
from portal.grants.services.signing_keys import LOCK, life_of_keys, store_key
from portal.infra.crypto.jose import NewKey
from portal.infra.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What signs now."""

    key: SigningKey
    is_fresh: bool
    """It was published so lately that an app may meet it as a stranger, until that looks at the JWKS again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What counts no more, and what signs instead, if the key was the one that signed."""

    key: SigningKey
    successor: Rotated | None


def rotate_signing_key(uow: UnitOfWork, replacement: NewKey) -> Rotated:
    """The `next` key of the replacement's algorithm signs from now on; the replacement becomes the next one.

    Clients have had the new signing key in their copy of the JWKS since it was made, so nobody meets a stranger.
    The replacement is made before the transaction: an RSA key takes a while.

    Raises:
        SigningKeyMissing: there is no next key.
    """
    uow.lock(LOCK)
    return _rotate(uow, replacement)


def tend_signing_keys(uow: UnitOfWork, replacement: NewKey) -> bool:
    """What is to happen to the keys of the replacement's algorithm by itself: rotate if that is due, or make the
    replacement the next key if there is none. Whether there was anything to do: the second of two finds nothing.
    """
    uow.lock(LOCK)
    keys, algorithm = SigningKeys(uow.session), replacement.algorithm
    if keys.in_state(algorithm, "next") is None:
        is_alone = keys.in_state(algorithm, "active") is None
        fresh = store_key(uow, replacement, state="active" if is_alone else "next")
        after = {"algorithm": algorithm, fresh.state: fresh.kid}
        uow.publish(SigningKeysCreated(touched=(fresh.ref,), after=after))
        return True
    if not keys.is_due(algorithm, life=life_of_keys(uow.ports.settings), at=uow.now):
        return False
    _rotate(uow, replacement)
    return True


def revoke_signing_key(
    uow: UnitOfWork, kid: str, *, reason: str, replacement: NewKey | None = None
) -> Revoked:
    """Take a key out of the JWKS at once: nothing that it signed counts from then on. Where it was the one that signs,
    the next key takes over, however short it has been known; the replacement becomes the next one. Without a
    replacement (its maker may be away) one is made later.

    Raises:
        SigningKeyNotFound, SigningKeyBusy: it was revoked before.
        SigningKeyMissing: it signs, and neither a next key nor a replacement could take over.
    """
    uow.lock(LOCK)
    key = SigningKeys(uow.session).by_kid(kid)
    if key is None:
        raise SigningKeyNotFound
    if key.state == "revoked":
        raise SigningKeyBusy
    before = {"state": key.state}
    successor = _succeed(uow, key, replacement)
    key.revoke(at=uow.now)
    after = {"state": key.state, **({"active": successor.key.kid} if successor else {})}
    touched = (key.ref, successor.key.ref) if successor else (key.ref,)
    uow.publish(SigningKeyRevoked(touched=touched, before=before, after=after, reason=reason))
    return Revoked(key=key, successor=successor)


def drop_old_keys(uow: UnitOfWork) -> int:
    """Take retired keys out of the JWKS whose last signature can matter to nobody; how many there were."""
    uow.lock(LOCK)
    old = SigningKeys(uow.session).due_for_removal(life=life_of_keys(uow.ports.settings), at=uow.now)
    for key in old:
        key.revoke(at=uow.now)
        after = {"state": key.state}
        uow.publish(SigningKeyForgotten(touched=(key.ref,), before={"state": "retired"}, after=after))
    return len(old)


def _rotate(uow: UnitOfWork, replacement: NewKey) -> Rotated:
    keys = SigningKeys(uow.session)
    active, following = (
        keys.in_state(replacement.algorithm, "active"),
        keys.in_state(replacement.algorithm, "next"),
    )
    if following is None:
        raise SigningKeyMissing(replacement.algorithm)
    if active is not None:
        active.retire(at=uow.now)
    following.activate(at=uow.now)
    fresh = store_key(uow, replacement, state="next")
    before = {"active": active.kid if active else None, "next": following.kid}
    after = {"active": following.kid, "next": fresh.kid}
    touched = tuple(key.ref for key in (following, active, fresh) if key is not None)
    uow.publish(SigningKeyRotated(touched=touched, before=before, after=after))
    return Rotated(key=following, is_fresh=is_too_fresh(following.created_at, at=uow.now))


def _succeed(uow: UnitOfWork, key: SigningKey, replacement: NewKey | None) -> Rotated | None:
    """Fill the place of a key that is about to be revoked; who signs now, if it did."""
    if key.state == "retired":
        return None
    if key.state == "next":
        if replacement is not None:
            store_key(uow, replacement, state="next")
        return None
    following = SigningKeys(uow.session).in_state(key.algorithm, "next")
    if following is None:
        if replacement is None:
            raise SigningKeyMissing(key.algorithm)
        return Rotated(key=store_key(uow, replacement, state="active"), is_fresh=True)
    following.activate(at=uow.now)
    if replacement is not None:
        store_key(uow, replacement, state="next")
    return Rotated(key=following, is_fresh=is_too_fresh(following.created_at, at=uow.now))
