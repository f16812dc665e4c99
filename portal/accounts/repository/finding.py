"""How people are searched, filtered and ordered, so that a hundred thousand of them are read off indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, or_, select, union
from sqlalchemy.orm import Session

from portal.accounts.models import (
    DISABLED,
    FOLDED_EMAIL,
    FOLDED_FAMILY,
    FOLDED_NAME,
    FOLDED_USERNAME,
    UNVERIFIED,
    User,
)
from portal.infra.folding import begins_with, holds
from portal.infra.keyset import Order

UserState = Literal["active", "unverified", "disabled"]
PeopleOrder = Literal["newest", "name", "username", "last_sign_in"]
Ids = Select[UUID] | CompoundSelect[UUID]
Subset = tuple[Select[UUID], ...]
"""People by what other features know of them: whoever is in one of these questions for ids."""

SEARCH_CEILING: Final = 1_000
"""How many matches of a search are looked at: where there are more, the page asks for more of the text."""
SMALL: Final = 10_000
"""Up to so many people who fit a filter are looked up one by one; where more do, a page is soon full anyway."""
ENABLED: Final = User.is_active.is_(True)
VERIFIED: Final = User.email_verified_at.is_not(None)

ORDERS: Final[dict[PeopleOrder, Order]] = {
    "newest": Order(name="newest", key=User.created_at.expression, id=User.id, descends=True),
    "name": Order(name="name", key=FOLDED_NAME, id=User.id),
    "username": Order(name="username", key=FOLDED_USERNAME, id=User.id),
    "last_sign_in": Order(
        name="last_sign_in", key=User.last_sign_in_at.expression, id=User.id, descends=True, nullable=True
    ),
}


@dataclass(frozen=True, kw_only=True)
class PeopleFilter:
    """Who is wanted. Moments are half-open: from `since` on, until just before `before`."""

    text: str = ""
    username: str = ""
    """A part of it; and of the address alike."""
    email: str = ""
    is_active: bool | None = None
    """Whether the doors are open to them, proved address or not."""
    state: UserState | None = None
    is_verified: bool | None = None
    signed_in_since: datetime | None = None
    signed_in_before: datetime | None = None
    """Whoever never did counts as before any moment."""
    created_since: datetime | None = None
    created_before: datetime | None = None
    among: tuple[Subset, ...] = ()
    is_exhaustive: bool = False
    """For files: every match of the text is wanted, however long that takes."""


@dataclass(frozen=True)
class Found:
    """The question for those who are wanted, in no order yet; `is_cut` where a search found too many to look at all."""

    query: Select[User]
    is_cut: bool = False


def matching(session: Session, wanted: PeopleFilter) -> Found:
    """Narrow things first: whatever few people fit is looked up, whatever many fit is asked of one after the other."""
    query, is_cut = select(User), False
    text = fold_search(wanted.text)
    if text and wanted.is_exhaustive:
        query = query.where(_has(text))
    elif text:
        ids = _search(session, text)
        is_cut = len(ids) > SEARCH_CEILING
        query = query.where(User.id.in_(ids[:SEARCH_CEILING]))
    for condition in _conditions(wanted):
        few = None if text else _ids_if_few(session, select(User.id).where(condition))
        query = query.where(condition if few is None else User.id.in_(few))
    for column, part in ((User.username, wanted.username), (User.email, wanted.email)):
        if folded_part := fold_search(part):
            query = query.where(holds(column, folded_part))
    for subset in wanted.among:
        query = query.where(_within(session, subset))
    return Found(query, is_cut)


def fold_search(text: str) -> str:
    """What is looked for: without case, and without what no text in a database holds."""
    return text.replace("\0", "").strip().lower()


def _search(session: Session, text: str) -> Sequence[UUID]:
    """Ids of those who have the text in their name, username or address, up to one more than are looked at.

    Whose name, last name, username or address begins with it comes first: these are ranges of indexes. For the rest
    every row is looked at until there are enough (docs/performance.md has the figures).
    """
    beginnings = [
        select(User.id).where(begins_with(column, text)).limit(SEARCH_CEILING + 1).subquery()
        for column in (FOLDED_USERNAME, FOLDED_EMAIL, FOLDED_NAME, FOLDED_FAMILY)
    ]
    ids = dict.fromkeys(session.scalars(union(*(select(arm.c.id) for arm in beginnings))))
    if len(ids) <= SEARCH_CEILING:
        ids |= dict.fromkeys(session.scalars(select(User.id).where(_has(text)).limit(SEARCH_CEILING + 1)))
    return list(ids)[: SEARCH_CEILING + 1]


def _has(text: str) -> ColumnElement[bool]:
    return or_(*(holds(column, text) for column in (User.username, User.email, User.name)))


def _conditions(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    """Each is about one column, and so about one index."""
    conditions = list(_STATES[wanted.state]) if wanted.state else []
    if wanted.is_active is not None:
        conditions.append(ENABLED if wanted.is_active else DISABLED)
    if wanted.is_verified is not None:
        conditions.append(VERIFIED if wanted.is_verified else UNVERIFIED)
    if wanted.signed_in_since:
        conditions.append(User.last_sign_in_at >= wanted.signed_in_since)
    if wanted.signed_in_before:
        conditions.append(or_(User.last_sign_in_at < wanted.signed_in_before, User.last_sign_in_at.is_(None)))
    if wanted.created_since:
        conditions.append(User.created_at >= wanted.created_since)
    if wanted.created_before:
        conditions.append(User.created_at < wanted.created_before)
    return conditions


_STATES: Final[dict[UserState, tuple[ColumnElement[bool], ...]]] = {
    "active": (ENABLED, VERIFIED),
    "unverified": (ENABLED, UNVERIFIED),
    "disabled": (DISABLED,),
}


def _within(session: Session, subset: Subset) -> ColumnElement[bool]:
    """Either way it is the same people; which way is quick depends on how many they are."""
    ids = union(*subset) if len(subset) > 1 else subset[0]
    few = _ids_if_few(session, ids)
    if few is not None:
        return User.id.in_(few)
    return or_(*(part.where(part.selected_columns[0] == User.id).correlate(User).exists() for part in subset))


def _ids_if_few(session: Session, ids: Ids) -> Ids | None:
    """The question as it is, if its answer is short: then the list is made of the answer, not searched for it."""
    count = session.scalar(select(func.count()).select_from(ids.limit(SMALL + 1).subquery())) or 0
    return ids if count <= SMALL else None
