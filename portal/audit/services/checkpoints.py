"""Checkpoints: the head of the chain, signed by a key of its own, and sent out of the house."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import insert

from portal.audit.models import Checkpoint
from portal.audit.repository.chain import Chain
from portal.audit.repository.checkpoints import Checkpoints
from portal.audit.rules.checkpoints import PURPOSE, PublicKey, SignedHead, SigningKey
from portal.audit.services.sealing import LOCK
from portal.infra.crypto.sealing import Sealer
from portal.infra.unit_of_work import UnitOfWork

TO_FILE: Final = "audit_checkpoint_file"
TO_WEBHOOK: Final = "audit_checkpoint_webhook"
LETTER: Final = "audit_checkpoint"


def signing_key(sealer: Sealer) -> SigningKey:
    """The key in use; it changes with the master key."""
    return SigningKey(sealer.derive(PURPOSE))


def public_keys(sealer: Sealer) -> Mapping[str, PublicKey]:
    """Keys that may have signed, by their ids: one for each master key that is known here."""
    keys = (SigningKey(sealer.derive(PURPOSE, key_id=key_id)).public for key_id in sealer.key_ids)
    return {key.key_id: key for key in keys}


def write_checkpoint(uow: UnitOfWork) -> SignedHead | None:
    """Sign the head and promise its export; nothing happens if it is signed already, or another sealer is at it."""
    if not uow.try_lock(LOCK):
        return None
    head, last = Chain(uow.session).head(), Checkpoints(uow.session).last()
    if head.position == 0 or (last is not None and last.position >= head.position):
        return None
    signed = signing_key(uow.ports.sealer).sign(
        "checkpoint", position=head.position, digest=head.hash, at=uow.now
    )
    row = {"position": signed.position, "hash": signed.hash, "at": signed.at}
    row |= {"key_id": signed.key_id, "signature": signed.signature}
    uow.session.execute(insert(Checkpoint.__table__), row)  # type: ignore[arg-type]
    _export(uow, signed, is_first_of_hour=last is None or _hour(last) != _hour(signed))
    return signed


def _export(uow: UnitOfWork, signed: SignedHead, *, is_first_of_hour: bool) -> None:
    settings, line = uow.ports.settings, signed.as_line()
    if settings.audit_checkpoint_file:
        uow.enqueue(TO_FILE, {"line": line})
    if settings.audit_checkpoint_webhook:
        uow.enqueue(TO_WEBHOOK, {"line": line})
    if settings.audit_checkpoint_mail and is_first_of_hour:
        context = {"line": line, "position": signed.position, "at": signed.at}
        uow.ports.letters.send(uow, LETTER, to=settings.audit_checkpoint_mail, context=context)


def _hour(head: SignedHead) -> str:
    return f"{head.at:%Y-%m-%d %H}"
