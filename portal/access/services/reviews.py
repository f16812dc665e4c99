"""Who may decide that a review may take something away."""

from portal.access.repository import Groups, Roles
from portal.access.services.powers import ensure_may_delegate_group, ensure_may_give_role
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork


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
