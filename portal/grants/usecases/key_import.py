"""Keys that were made elsewhere."""

from portal.grants.errors import SigningKeyKnown, SigningKeyRefused
from portal.grants.events import SigningKeyImported
from portal.grants.models import SigningKey
from portal.grants.repository.signing_keys import SigningKeys
from portal.grants.schemas import ImportKey
from portal.grants.services.signing_keys import LOCK, store_key
from portal.infra.crypto.jose import NewKey
from portal.infra.crypto.private_keys import ImportRefused, read_private_key
from portal.infra.unit_of_work import UnitOfWork


def read_key(form: ImportKey) -> NewKey:
    """The key in a form, before any transaction: looking through an RSA key takes a while.

    Raises:
        SigningKeyRefused: at the field that is wrong.
    """
    try:
        return read_private_key(form.key, algorithm=form.algorithm, kid=form.kid)
    except ImportRefused as refused:
        field = refused.reason if refused.reason in {"algorithm", "kid"} else "key"
        raise SigningKeyRefused(str(refused), field=field) from None


def import_signing_key(uow: UnitOfWork, brought: NewKey, *, state: str) -> SigningKey:
    """Publish it from now on. As `next` it takes the place of the next key that was made here, which has signed nothing
    and is gone; as `retired` it only verifies what another provider signed with it, and its private half is not kept.

    Raises:
        SigningKeyKnown: its name is taken, or it is a key that is or was here, perhaps revoked.
    """
    uow.lock(LOCK)
    keys = SigningKeys(uow.session)
    known = keys.same_as(brought.public_jwk)
    if known is not None:
        raise SigningKeyKnown(_words(known), field="key")
    if keys.by_kid(brought.kid) is not None:
        raise SigningKeyKnown("Another key of the portal has, or had, this key id.", field="kid")
    displaced = keys.in_state(brought.algorithm, "next") if state == "next" else None
    if displaced is not None:
        displaced.revoke(at=uow.now)
    row = store_key(uow, brought, state=state)
    touched = (row.ref,) if displaced is None else (row.ref, displaced.ref)
    before = {"next": displaced.kid} if displaced else {}
    after = {"algorithm": row.algorithm, row.state: row.kid, "signer": row.signer}
    uow.publish(SigningKeyImported(touched=touched, before=before, after=after))
    return row


def _words(known: SigningKey) -> str:
    if known.state == "revoked":
        return "This key was here before and is revoked; a key that may be in other hands never comes back."
    return "The portal has this key already; each key has one place and one algorithm."
