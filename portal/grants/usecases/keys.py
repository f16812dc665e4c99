"""The life of signing keys: rotate, revoke, drop what nothing needs any more."""

from portal.grants.errors import SigningKeyBusy, SigningKeyMissing
from portal.grants.events import SigningKeyRevoked, SigningKeyRotated
from portal.grants.models import SigningKey
from portal.grants.repository.signing_keys import SigningKeys
from portal.grants.services.signing_keys import LOCK, store_key
from portal.infra.crypto.jose import NewKey
from portal.infra.unit_of_work import UnitOfWork


def rotate_signing_key(uow: UnitOfWork, replacement: NewKey) -> SigningKey:
    """The `next` key of the replacement's algorithm signs from now on; the replacement becomes the next one.

    Clients have had the new signing key in their copy of the JWKS since it was made, so nobody meets a stranger.
    The replacement is made before the transaction: an RSA key takes a while.

    Raises:
        SigningKeyMissing: there is no next key.
    """
    uow.lock(LOCK)
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
    return following


def revoke_signing_key(uow: UnitOfWork, kid: str, *, reason: str) -> None:
    """Take a key that is not signing out of the JWKS at once; tokens under it fail from then on.

    Raises:
        SigningKeyBusy: it is the active one; rotate first.
    """
    uow.lock(LOCK)
    key = SigningKeys(uow.session).by_kid(kid)
    if key is None or key.state in {"active", "next"}:
        raise SigningKeyBusy
    before = {"state": key.state}
    key.revoke(at=uow.now)
    uow.publish(
        SigningKeyRevoked(touched=(key.ref,), before=before, after={"state": key.state}, reason=reason)
    )


def drop_old_keys(uow: UnitOfWork) -> int:
    """Revoke retired keys whose last signature can matter to nobody; how many there were."""
    uow.lock(LOCK)
    old = SigningKeys(uow.session).due_for_removal(at=uow.now)
    for key in old:
        key.revoke(at=uow.now)
        uow.publish(
            SigningKeyRevoked(
                touched=(key.ref,), before={"state": "retired"}, after={"state": key.state}, reason="old"
            )
        )
    return len(old)
