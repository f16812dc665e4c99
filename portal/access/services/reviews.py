"""Who may do what in a review: asked by its pages and by its use cases."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.models import AccessReview
from portal.access.repository import Groups, Roles
from portal.access.rules import permits
from portal.access.services.powers import ensure_may_delegate_group, ensure_may_give_role
from portal.access.services.roles import permissions_of
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork


def may_judge(session: Session, review: AccessReview, user_id: UUID, *, at: datetime) -> bool:
    """The reviewer may, and whoever may change all reviews."""
    if review.reviewer_id == user_id:
        return True
    return permits(permissions_of(session, user_id, at=at), "update", "access_review")


def ensure_may_review(uow: UnitOfWork, target: Ref) -> None:
    """Whether who acts may decide that somebody loses this, or let a reviewer decide it: as with giving, nobody takes
    more than they may do themselves.

    Raises:
        TooMuchToGive
    """
    if target.type == "role" and (role := Roles(uow.session).get(target.id)):
        ensure_may_give_role(uow, role)
    elif target.type == "group" and (group := Groups(uow.session).get(target.id)):
        ensure_may_delegate_group(uow, group)
