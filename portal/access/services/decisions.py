"""Decisions: a person's permissions compiled once and kept by the epoch, and the resolver that guards and screens ask.

The key of what is kept holds the epoch, which every change raises in its own transaction and every request reads anew.
So no node ever uses what was compiled before a change it could have seen; nothing has to be told to anybody, and a
cache that loses or garbles an entry costs one compilation. Ends are looked at when it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository import Groups, Resources, Roles
from portal.access.repository.entitlements import Entitlements, epoch_column
from portal.access.rules import ACTIONS, PORTAL_RESOURCES
from portal.access.rules.conditions import Context, Value
from portal.access.rules.decisions import (
    Compiled,
    Decision,
    Grant,
    Membership,
    Offer,
    Question,
    Subject,
    Way,
)
from portal.access.rules.decisions import decide as answer
from portal.accounts.repository import Users
from portal.infra.cache import Cache, recall

__all__ = [
    "Access",
    "Person",
    "access_of",
    "compile_access",
    "compiled_of",
    "decide",
    "epoch_column",
    "subject_of",
]

KEPT_SECONDS: Final = 600
MOST_OFFERS: Final = 20
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Person(Protocol):
    """What conditions may compare of somebody; a user has it, and a live session too."""

    @property
    def username(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email_verified_at(self) -> datetime | None: ...
    @property
    def locale(self) -> str | None: ...
    @property
    def zoneinfo(self) -> str | None: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def attributes(self) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True, kw_only=True)
class Access:
    """What one person may do in one request, for as many questions as the request has."""

    user_id: UUID
    person: Person
    context: Context
    compiled: Compiled

    def permits(self, action: str, resource: str) -> bool:
        subject = _attributes(self.user_id, self.person)
        return self.compiled.permits(subject, action, resource, self.context)

    def permissions(self) -> set[str]:
        """All of it, as `resource:action`, here and now."""
        return {
            f"{resource}:{action}"
            for resource in self.compiled.permitted
            for action in ACTIONS
            if self.permits(action, resource)
        }

    @property
    def reaches_console(self) -> bool:
        """Whether there is anything in the portal's own rooms that they may do, here and now."""
        return any(
            self.permits(action, resource)
            for resource in PORTAL_RESOURCES
            for action in self.compiled.actions_on(resource)
        )


def subject_of(user_id: UUID, person: Person, *, is_active: bool = True) -> Subject:
    """The person as the resolver knows them."""
    return Subject(
        id=str(user_id),
        label=person.username,
        is_active=is_active,
        attributes=_attributes(user_id, person),
    )


def access_of(
    cache: Cache, session: Session, user_id: UUID, person: Person, *, epoch: int, context: Context
) -> Access:
    """For a person whose session, and the epoch with it, has just been read."""
    compiled = compiled_of(cache, session, user_id, epoch=epoch, at=context.now)
    return Access(user_id=user_id, person=person, context=context, compiled=compiled)


def compiled_of(cache: Cache, session: Session, user_id: UUID, *, epoch: int, at: datetime) -> Compiled:
    """From the cache, or made anew. Nothing but names, ends and conditions is kept there."""
    return recall(
        cache,
        f"access:{user_id}:{epoch}",
        ttl_seconds=KEPT_SECONDS,
        load=lambda: compile_access(session, user_id, at=at).to_json(),
        read=Compiled.from_json,
    )


def compile_access(session: Session, user_id: UUID, *, at: datetime, with_ended: bool = False) -> Compiled:
    """Read it all, in four statements at most. `with_ended` adds ways that have ended, which only explanations need."""
    since = _EVER if with_ended else at
    held = Roles(session).held_by(user_id, at=since)
    groups = Groups(session).of_user(user_id, at=since)
    entitlements = Entitlements(session)
    granted = entitlements.of_roles({way.role_id for way in held}) if held else []
    compared = {one.resource for one in granted if one.conditions is not None}
    return Compiled.of(
        ways=(
            Way(
                role_id=str(way.role_id),
                role=way.name,
                group_id=str(way.group_id) if way.group_id else None,
                group=way.group_name,
                ends_at=way.ends_at,
            )
            for way in held
        ),
        grants=tuple(
            Grant(
                role_id=str(one.role_id), resource=one.resource, action=one.action, conditions=one.conditions
            )
            for one in granted
        ),
        memberships=(Membership(group=group.name, ends_at=group.ends_at) for group in groups),
        resources=entitlements.attributes_of(compared) if compared else {},
    )


def decide(
    session: Session, user_id: UUID, action: str, resource: str, *, context: Context
) -> Decision | None:
    """The whole explanation, from what the database says now; None where nobody has that id."""
    user = Users(session).get(user_id)
    if user is None:
        return None
    known = Resources(session).by_name(resource)
    question = Question(
        subject=subject_of(user_id, user, is_active=user.is_active),
        action=action,
        resource=resource,
        context=context,
        resource_id=str(known.id) if known else None,
    )
    compiled = compile_access(session, user_id, at=context.now, with_ended=True)
    offers = [
        Offer(
            role_id=str(one.role_id),
            role=one.name,
            is_requestable=one.is_requestable,
            is_conditional=one.is_conditional,
        )
        for one in Entitlements(session).offering(action, resource, most=MOST_OFFERS)
    ]
    return answer(question, compiled, offers=offers)


def _attributes(user_id: UUID, person: Person) -> dict[str, Value]:
    """By the name after `subject.`; what an operator noted never stands in for what the portal knows itself.

    An address that nobody has proved says nothing of its person: to a condition it is missing, and so permits nothing.
    """
    is_proved = person.email_verified_at is not None
    domain = person.email.rpartition("@")[2] if is_proved else None
    return {
        **(person.attributes or {}),
        "id": str(user_id),
        "username": person.username,
        "email": person.email if is_proved else None,
        "email_domain": domain,
        "email_verified": is_proved,
        "name": person.name or person.username,
        "locale": person.locale,
        "zoneinfo": person.zoneinfo,
        "created_at": person.created_at,
    }
