"""Signing keys that change by themselves: promised by the housekeeping, done outside of its transaction, because a new
RSA key takes a second and a signer outside may take longer.

However many processes do it, each change happens once: whoever has the lock looks whether it is still to be done.
"""

from typing import Final

import structlog

from portal.bootstrap import Portal
from portal.grants.repository.signing_keys import SigningKeys
from portal.grants.services.signing_keys import life_of_keys
from portal.grants.usecases.keys import tend_signing_keys
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import Algorithm
from portal.infra.outbox import Outbox, OutboxMessage
from portal.infra.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

KEY_ROTATION: Final = "key_rotation"


def promise_rotation(uow: UnitOfWork) -> None:
    """Have the keys looked after, if there is anything to do and nobody has promised it yet."""
    life = life_of_keys(uow.ports.settings)
    if SigningKeys(uow.session).untended(life=life, at=uow.now) and not Outbox(uow.session).waits(
        KEY_ROTATION
    ):
        uow.enqueue(KEY_ROTATION, {})


def rotate_keys(portal: Portal, _message: OutboxMessage) -> None:
    """Rotate what is due, and make next keys where they are missing.

    Raises:
        SignerUnavailable: it is tried again later; what was rotated until then stays so.
    """
    for algorithm in _untended(portal):
        fresh = portal.ports.signers.make(algorithm)
        with portal.unit_of_work(SYSTEM) as uow:
            if tend_signing_keys(uow, fresh):
                log.info("signing_key_made", algorithm=algorithm, kid=fresh.kid)


def _untended(portal: Portal) -> list[Algorithm]:
    life = life_of_keys(portal.settings)
    with portal.reading() as session:
        return SigningKeys(session).untended(life=life, at=portal.ports.clock.now())
