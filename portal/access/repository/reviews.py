"""Questions about reviews of access, and about the people in one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from portal.access.models import (
    AccessReview,
    AccessReviewItem,
    Group,
    GroupMember,
    GroupRole,
    UserRole,
)
from portal.access.repository.holdings import runs
from portal.access.repository.stewards import holders
from portal.accounts.models import User
from portal.infra.events import Ref
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

__all__ = [
    "AccessReview",
    "AccessReviewItem",
    "AccessReviews",
    "Holding",
    "Progress",
    "ReviewState",
    "Verdicts",
]

ReviewState = Literal["open", "finished"]
Verdicts = Literal["left", "keep", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a review is. `gone` lost it meanwhile without anybody's verdict, so nobody needs to look."""

    total: int
    kept: int
    ended: int
    gone: int = 0

    @property
    def left(self) -> int:
        return self.total - self.kept - self.ended - self.gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How somebody holds the role, or is in the group, now: themselves, or through groups, or not at all."""

    is_direct: bool = False
    since: datetime | None = None
    until: datetime | None = None
    given_by: UUID | None = None
    reason: str | None = None
    groups: tuple[str, ...] = ()

    @property
    def is_gone(self) -> bool:
        return not self.is_direct and not self.groups


class AccessReviews:
    """Rounds in which somebody looks again at who has access."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, review_id: UUID) -> AccessReview | None:
        return self._session.get(AccessReview, review_id)

    def lock(self, review_id: UUID) -> AccessReview | None:
        """As of now, unchanged by anyone else until the end of this unit."""
        return self._session.get(AccessReview, review_id, with_for_update=True, populate_existing=True)

    def under_way(self, target_id: UUID) -> AccessReview | None:
        query = select(AccessReview).where(
            AccessReview.target_id == target_id, AccessReview.finished_at.is_(None)
        )
        return self._session.scalar(query.limit(1))

    def page(
        self,
        *,
        state: ReviewState | None = None,
        reviewer: UUID | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[AccessReview]:
        """Newest first; those of one reviewer only, where that is said."""
        query = select(AccessReview)
        if state is not None:
            is_open = AccessReview.finished_at.is_(None)
            query = query.where(is_open if state == "open" else ~is_open)
        if reviewer is not None:
            query = query.where(AccessReview.reviewer_id == reviewer)
        return keyset_page(self._session, query, AccessReview.id, before=before, after=after, size=size)

    def count_open(self, *, reviewer: UUID, most: int) -> int:
        """How many wait for this reviewer, counted up to `most`."""
        query = select(AccessReview.id).where(
            AccessReview.reviewer_id == reviewer, AccessReview.finished_at.is_(None)
        )
        return self._session.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0

    def progress_of(self, review_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
        """The verdicts of several reviews, in one statement."""
        query = (
            select(AccessReviewItem.review_id, *_counts())
            .where(AccessReviewItem.review_id.in_(review_ids))
            .group_by(AccessReviewItem.review_id)
        )
        rows = self._session.execute(query)
        return {row[0]: Progress(total=row[1], kept=row[2] or 0, ended=row[3] or 0) for row in rows}

    def progress(self, review: AccessReview, *, at: datetime) -> Progress:
        """The same for one, with those who lost it meanwhile told apart."""
        still = AccessReviewItem.user_id.in_(holders(review.target, at))
        gone = func.sum(case((AccessReviewItem.verdict.is_(None) & ~still, 1), else_=0))
        query = select(*_counts(), gone).where(AccessReviewItem.review_id == review.id)
        total, kept, ended, lost = self._session.execute(query).one()
        return Progress(total=total, kept=kept or 0, ended=ended or 0, gone=lost or 0)

    def items(
        self,
        review_id: UUID,
        *,
        verdict: Verdicts | None = None,
        unused_since: datetime | None = None,
        used_by: Select[UUID] | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[AccessReviewItem]:
        """People of the review by name, from A on; with `unused_since` only who has not used it from then on.

        Using it is signing in; or, where `used_by` says who used what it opens, that.
        """
        query = select(AccessReviewItem).where(AccessReviewItem.review_id == review_id)
        if verdict is not None:
            query = query.where(
                AccessReviewItem.verdict.is_(None)
                if verdict == "left"
                else AccessReviewItem.verdict == verdict
            )
        if unused_since is not None:
            query = query.where(_unused(unused_since, used_by))
        return keyset_page(self._session, query, AccessReviewItem.id, before=before, after=after, size=size)

    def chosen(self, review_id: UUID, item_ids: Collection[UUID]) -> Sequence[AccessReviewItem]:
        """These people of the review, by name; those of another one are not found."""
        query = select(AccessReviewItem).where(
            AccessReviewItem.review_id == review_id, AccessReviewItem.id.in_(item_ids)
        )
        return self._session.scalars(query.order_by(AccessReviewItem.id.desc())).all()

    def holders_by_name(self, target: Ref, *, at: datetime) -> Sequence[UUID]:
        """Everybody who holds the role or is in the group now."""
        query = select(User.id).where(User.id.in_(holders(target, at)))
        return self._session.scalars(query.order_by(func.lower(User.name), User.username)).all()

    def came_later(self, review: AccessReview, *, at: datetime) -> int:
        """How many hold it now and are no part of the review, because they came after its start."""
        part = select(AccessReviewItem.user_id).where(AccessReviewItem.review_id == review.id)
        now = holders(review.target, at).subquery()
        query = select(func.count()).select_from(now).where(now.c.user_id.not_in(part))
        return self._session.scalar(query) or 0

    def holdings(self, target: Ref, user_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, Holding]:
        """How each of these people holds it now; in one statement, or two for a role."""
        own = self._session.execute(_own(target, user_ids, at)).all()
        through = self._groups_of(target, user_ids, at) if target.type == "role" else {}
        found = {
            row[0]: Holding(
                is_direct=True, since=row[1], until=row[2], given_by=row[3], reason=row[4],
                groups=tuple(through.pop(row[0], ())),
            )
            for row in own
        }  # fmt: skip
        return found | {user_id: Holding(groups=tuple(names)) for user_id, names in through.items()}

    def _groups_of(self, role: Ref, user_ids: Collection[UUID], at: datetime) -> dict[UUID, list[str]]:
        query = (
            select(GroupMember.user_id, Group.name)
            .join(Group, Group.id == GroupMember.group_id)
            .join(GroupRole, GroupRole.group_id == Group.id)
            .where(
                GroupRole.role_id == role.id,
                GroupMember.user_id.in_(user_ids),
                runs(GroupRole.expires_at, at),
                runs(GroupMember.expires_at, at),
            )
            .order_by(func.lower(Group.name))
        )
        names: dict[UUID, list[str]] = {}
        for user_id, name in self._session.execute(query):
            names.setdefault(user_id, []).append(name)
        return names


def _own(
    target: Ref, user_ids: Collection[UUID], at: datetime
) -> Select[UUID, datetime, datetime | None, UUID | None, str | None]:
    if target.type == "role":
        return select(
            UserRole.user_id, UserRole.assigned_at, UserRole.expires_at, UserRole.assigned_by, UserRole.reason
        ).where(
            UserRole.role_id == target.id,
            UserRole.user_id.in_(user_ids),
            runs(UserRole.expires_at, at),
        )
    return select(
        GroupMember.user_id, GroupMember.added_at, GroupMember.expires_at, GroupMember.added_by,
        GroupMember.reason,
    ).where(
        GroupMember.group_id == target.id,
        GroupMember.user_id.in_(user_ids),
        runs(GroupMember.expires_at, at),
    )  # fmt: skip


def _counts() -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    def how_many(verdict: str) -> ColumnElement[int]:
        return func.sum(case((AccessReviewItem.verdict == verdict, 1), else_=0))

    return func.count(), how_many("keep"), how_many("end")


def _unused(since: datetime, used_by: Select[UUID] | None) -> ColumnElement[bool]:
    if used_by is not None:
        return AccessReviewItem.user_id.not_in(used_by)
    idle = select(User.id).where(or_(User.last_sign_in_at.is_(None), User.last_sign_in_at < since))
    return AccessReviewItem.user_id.in_(idle)
