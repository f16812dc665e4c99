"""What becomes of a token that could not be encrypted."""

from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import EncryptionKeyMissing
from portal.infra.rate_limit import TURNED_AWAY, Allowed
from portal.infra.unit_of_work import UnitOfWork


def note_missing_key(uow: UnitOfWork, client: ClientSnapshot, *, algorithm: str, text: str) -> None:
    """Remember that a client's key is missing: once in a while, for its people go on trying."""
    if isinstance(uow.ports.limiter.hit("encryption_key_missing", str(client.id), TURNED_AWAY), Allowed):
        details = {"algorithm": algorithm, "token": text}
        uow.publish(EncryptionKeyMissing(touched=(client.ref,), details=details))
