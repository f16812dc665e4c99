"""Questions about requests for access."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.access.models import AccessRequest, Group, Role
from portal.access.repository.named_pages import containing
from portal.access.rules.requests import Wanted
from portal.accounts.models import User
from portal.audit.repository import AuditEntries, AuditFilter, Entry
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

__all__ = ["AccessRequest", "AccessRequests", "RequestState", "Requestables"]

RequestState = Literal["open", "answered"]


class AccessRequests:
    """What people asked for, and what came of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, request_id: UUID) -> AccessRequest | None:
        return self._session.get(AccessRequest, request_id)

    def lock(self, request_id: UUID) -> AccessRequest | None:
        """As of now, unchanged by anyone else until the end of this unit: of two who decide at once, one is first."""
        return self._session.get(AccessRequest, request_id, with_for_update=True, populate_existing=True)

    def find_open(self, user_id: UUID, target: Wanted) -> AccessRequest | None:
        query = select(AccessRequest).where(
            AccessRequest.user_id == user_id,
            AccessRequest.target_type == target.type,
            AccessRequest.target_id == target.id,
            AccessRequest.state == "open",
        )
        return self._session.scalar(query)

    def open_targets_of(self, user_id: UUID) -> set[UUID]:
        """What this person has asked for and not heard of yet: at most as many as they may have open."""
        query = select(AccessRequest.target_id).where(
            AccessRequest.user_id == user_id, AccessRequest.state == "open"
        )
        return set(self._session.scalars(query))

    def page(
        self,
        *,
        state: RequestState | None = None,
        about: Collection[UUID] | None = None,
        by: UUID | None = None,
        search: str = "",
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[AccessRequest]:
        """Newest first; those about some things only, or of one person only, where that is said."""
        query = _matching(select(AccessRequest), search)
        if state is not None:
            is_open = AccessRequest.state == "open"
            query = query.where(is_open if state == "open" else ~is_open)
        if about is not None:
            query = query.where(AccessRequest.target_id.in_(about))
        if by is not None:
            query = query.where(AccessRequest.user_id == by)
        return keyset_page(self._session, query, AccessRequest.id, before=before, after=after, size=size)

    def count_open(self, *, about: Collection[UUID] | None = None, most: int) -> int:
        """How many wait for an answer, counted up to `most`."""
        query = select(AccessRequest.id).where(AccessRequest.state == "open")
        if about is not None:
            query = query.where(AccessRequest.target_id.in_(about))
        return self._session.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0

    def people(self, user_ids: Collection[UUID | None]) -> Mapping[UUID, User]:
        """Everybody named on a page, in one statement; who is gone is missing."""
        ids = {user_id for user_id in user_ids if user_id is not None}
        found = self._session.scalars(select(User).where(User.id.in_(ids))) if ids else ()
        return {user.id: user for user in found}


class Requestables:
    """What people may ask for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def roles(self, *, search: str = "", among: Collection[UUID] | None = None, most: int) -> Sequence[Role]:
        """Roles that were opened to requests, by name."""
        query = select(Role).where(Role.is_requestable, *containing(search, Role.name, Role.description))
        if among is not None:
            query = query.where(Role.id.in_(among))
        return self._session.scalars(query.order_by(Role.name).limit(most)).all()

    def groups(self, *, search: str = "", most: int) -> Sequence[Group]:
        """Groups that were opened to requests, by name."""
        query = select(Group).where(Group.is_requestable, *containing(search, Group.name, Group.description))
        return self._session.scalars(query.order_by(func.lower(Group.name)).limit(most)).all()

    def find(self, target: Wanted) -> Role | Group | None:
        """The role or group, if people may ask for it."""
        found: Role | Group | None = None
        if target.type == "role":
            found = self._session.get(Role, target.id)
        elif target.type == "group":
            found = self._session.get(Group, target.id)
        return found if found is not None and found.is_requestable else None

    def refusal(self, user_id: UUID, reference: str, *, since: datetime) -> Entry | None:
        """What this very person was refused, by the reference on the page that said so."""
        wanted = AuditFilter(request_id=reference, actions=("access.refused",), actor_id=user_id, since=since)
        return next(iter(AuditEntries(self._session).page(wanted, size=1).items), None)


def _matching(query: Select[AccessRequest], search: str) -> Select[AccessRequest]:
    """Part of what was asked for, or of who asked."""
    text = search.strip().lower()
    if not text:
        return query
    # looked up by the request's own person, row by row of the page: the table of people is never read through
    asked_by = exists().where(
        User.id == AccessRequest.user_id,
        or_(
            func.lower(User.name).contains(text, autoescape=True),
            func.lower(User.username).contains(text, autoescape=True),
        ),
    )
    return query.where(or_(func.lower(AccessRequest.target_label).contains(text, autoescape=True), asked_by))
