"""The keys of people: found, made where there is none yet, destroyed for good."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from portal.audit.models import PersonKey
from portal.audit.repository.person_keys import StoredKeys
from portal.audit.rules.personal import strangers_of
from portal.infra.crypto.personal import PersonalKey, PersonalKeys
from portal.infra.db import insert_into
from portal.infra.unit_of_work import UnitOfWork

Keys = Mapping[UUID, PersonalKey | None]
"""The key of each person asked for; None where it has been destroyed."""

_OF_THIS_UNIT = "portal.audit_keys"


def keys_for(uow: UnitOfWork, owners: Collection[UUID]) -> Keys:
    """Their keys, made where they have none. Costs a statement only for people this process has not seen lately, and a
    second one for people nobody has ever written of.

    For a visitor the table is always asked: who was here lately must not be told by how long a refusal takes.
    """
    shelf = uow.ports.personal_keys
    keys: dict[UUID, PersonalKey | None] = uow.info.setdefault(_OF_THIS_UNIT, {})
    if uow.actor.kind != "anonymous":
        for owner in owners:
            if owner not in keys and (kept := shelf.kept(owner)) is not None:
                keys[owner] = kept[0]
    if missing := sorted({*owners} - keys.keys()):
        keys |= _stored(uow.session, shelf, missing)
        if unknown := [owner for owner in missing if owner not in keys]:
            keys |= _make(uow, shelf, unknown)
    return keys


def ensure_keys_of_strangers(uow: UnitOfWork) -> None:
    """Make them for this month and the next, so that no visitor's request is the one that makes them."""
    keys_for(uow, _strangers(uow.now))


def has_keys_of_strangers(session: Session, *, at: datetime) -> bool:
    """Whether they are made already."""
    wanted = _strangers(at)
    return StoredKeys(session).of(wanted).keys() == wanted


def _strangers(at: datetime) -> set[UUID]:
    return {strangers_of(at), strangers_of(at + timedelta(days=31))}


def destroy_key(uow: UnitOfWork, owner: UUID) -> bool:
    """Destroy a person's key, also where there never was one: from now on nothing is kept of them. False if that was
    done before.
    """
    keys_for(uow, (owner,))
    if not StoredKeys(uow.session).destroy(owner, at=uow.now):
        return False
    uow.info[_OF_THIS_UNIT][owner] = None
    _keep_once_committed(uow, {owner: None})
    return True


def _stored(
    session: Session, shelf: PersonalKeys, owners: Collection[UUID]
) -> dict[UUID, PersonalKey | None]:
    """What the table has. It was committed, since whatever this unit made itself is known already."""
    found: dict[UUID, PersonalKey | None] = {}
    for owner, sealed_key in StoredKeys(session).of(owners).items():
        found[owner] = None if sealed_key is None else shelf.unwrap(owner, sealed_key)
        shelf.keep(owner, found[owner])
    return found


def _make(uow: UnitOfWork, shelf: PersonalKeys, owners: Collection[UUID]) -> dict[UUID, PersonalKey | None]:
    """New keys, kept for other units once this one has committed. In a race the first wins, and all use its key."""
    fresh = {owner: shelf.make(owner) for owner in owners}
    rows = [
        {"person_id": owner, "sealed_key": sealed, "created_at": uow.now}
        for owner, (_, sealed) in fresh.items()
    ]
    session = uow.session
    statement = insert_into(session, PersonKey).values(rows).on_conflict_do_nothing()
    won = set(session.scalars(statement.returning(PersonKey.person_id)))
    made = {owner: fresh[owner][0] for owner in won}
    if made:
        _keep_once_committed(uow, made)
    lost = [owner for owner in owners if owner not in won]
    return {**made, **(_stored(session, shelf, lost) if lost else {})}


def _keep_once_committed(uow: UnitOfWork, made: Mapping[UUID, PersonalKey | None]) -> None:
    """For other units, once this whole unit is committed. A savepoint that is undone takes its keys along: nothing
    sealed under them could ever be read.
    """
    waiting, session, shelf = dict(made), uow.session, uow.ports.personal_keys

    @event.listens_for(session, "after_soft_rollback")
    def forget(_session: Session, _undone: SessionTransaction) -> None:
        for owner in waiting:
            uow.info.get(_OF_THIS_UNIT, {}).pop(owner, None)
        waiting.clear()

    @event.listens_for(session, "after_commit")
    def keep(_session: Session) -> None:
        if not session.in_nested_transaction():
            for owner, key in waiting.items():
                shelf.keep(owner, key)
