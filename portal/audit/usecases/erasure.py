"""Forgetting a person: what the log says of them is destroyed, and that it happened stays."""

from uuid import UUID

from portal.audit.events import PersonErased
from portal.audit.services.person_keys import destroy_key
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork


def erase_person(uow: UnitOfWork, user_id: UUID, *, reason: str | None = None) -> bool:
    """Destroy the key of a person; False if that was done before. Nobody can undo it.

    Every entry stays where it is, with what happened, when and to which ids; names, addresses, browsers, what was
    changed and why are gone, from backups of the same database too once the key is gone from them.
    """
    if not destroy_key(uow, user_id):
        return False
    uow.publish(PersonErased(touched=(Ref("user", user_id),), reason=reason))
    return True
