"""Questions to the keys of people."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, update
from sqlalchemy.orm import Session

from portal.audit.models import PersonKey
from portal.infra.prepared import Prepared

_ONE: Final = Prepared(
    select(PersonKey.sealed_key).where(PersonKey.person_id == bindparam("owner", type_=Uuid()))
)


class StoredKeys:
    """The keys, as they are stored: sealed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, owners: Collection[UUID]) -> Mapping[UUID, str | None]:
        """Sealed keys of those who have one; None for a key that has been destroyed."""
        if len(owners) == 1:  # as at every sign-in
            (owner,) = owners
            row = _ONE.first(self._session, {"owner": owner})
            return {} if row is None else {owner: row.sealed_key}
        query = select(PersonKey.person_id, PersonKey.sealed_key).where(PersonKey.person_id.in_(owners))
        return {row.person_id: row.sealed_key for row in self._session.execute(query)}

    def destroy(self, owner: UUID, *, at: datetime) -> bool:
        """Forget a key for good; False if there is none to forget."""
        done = self._session.execute(
            update(PersonKey)
            .where(PersonKey.person_id == owner, PersonKey.destroyed_at.is_(None))
            .values(sealed_key=None, destroyed_at=at)
            .returning(PersonKey.person_id)
            .execution_options(synchronize_session=False)
        )
        return done.scalar() is not None
