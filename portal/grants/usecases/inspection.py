"""An operator looks at a token, and perhaps ends what it belongs to."""

from uuid import UUID

from portal.grants.errors import FamilyNotFound
from portal.grants.events import TokenInspected, TokensEnded
from portal.grants.repository.lineages import Lineages
from portal.grants.repository.tokens import Families
from portal.grants.services.inspected import Inspected
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

BY_OPERATOR = "ended_by_operator"


def note_inspection(uow: UnitOfWork, found: Inspected) -> None:
    """That somebody looked is remembered; of the token only what kind it was, and the beginning of its digest."""
    lineage, signed_in = found.lineage, found.signed_in
    touched: tuple[Ref, ...] = (found.client.ref,) if found.client else ()
    if signed_in is not None:
        touched = (*touched, signed_in.user.ref)
    if found.personal is not None:
        touched = (found.personal.user.ref, found.personal.token.ref)
    if lineage is not None:
        touched = (lineage.client.ref, lineage.user.ref, lineage.grant.ref)
    details = {"kind": found.form.name} | ({"digest": found.digest} if found.digest else {})
    uow.publish(TokenInspected(touched=touched, details=details))


def end_family(uow: UnitOfWork, family_id: UUID) -> Ref:
    """End every token of one sign-in to an app, and tell whose app it was. Twice is as good as once.

    Raises:
        FamilyNotFound: nothing of it is kept any more.
    """
    lineage = Lineages(uow.session).of(family_id)
    if lineage is None:
        raise FamilyNotFound
    if Families(uow.session).revoke(family_id, BY_OPERATOR, at=uow.now):
        touched = (lineage.client.ref, lineage.user.ref, lineage.grant.ref)
        uow.publish(TokensEnded(touched=touched, details={"scope": lineage.family.scope}))
    return lineage.client.ref
