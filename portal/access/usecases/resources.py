"""What an operator does to the things that permissions speak about."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete

from portal.access.errors import NameTaken, PartOfThePortal, ResourceNotFound, TooMuchToGive
from portal.access.events import ResourceCreated, ResourceDeleted, ResourceEdited, RolePermissionsChanged
from portal.access.models import Resource, Role
from portal.access.repository import Permissions, Resources, Roles
from portal.access.rules import ACCESS
from portal.access.schemas import CreateResource, EditResource
from portal.access.services.facts import Facts, ensure_unchanged, permission_changes, permission_facts
from portal.access.services.powers import has_power
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork

PORTAL_TYPE = "portal"


def create_resource(uow: UnitOfWork, form: CreateResource) -> Resource:
    """Something more that roles can permit something on.

    Raises:
        NameTaken
        PartOfThePortal: the type of the portal's own rooms.
    """
    uow.lock(ACCESS)
    if Resources(uow.session).exists_by_name(form.name):
        raise NameTaken("resource")
    _keep_type_free(form)
    resource = Resource(
        name=form.name, type=form.type, description=form.description, metadata_=dict(form.metadata)
    )
    uow.session.add(resource)
    uow.session.flush()
    uow.publish(ResourceCreated(touched=(resource.ref,), after=resource.describe()))
    return resource


def edit_resource(
    uow: UnitOfWork, resource_id: UUID, form: EditResource, *, if_unchanged: str | None = None
) -> Resource:
    """Permissions move along to a new name. `if_unchanged` is `version_of(resource.describe())` as the form showed it.

    Raises:
        ResourceNotFound, NameTaken, ChangedMeanwhile
        PartOfThePortal: another name or type for one of the portal's rooms.
        TooMuchToGive: another name for what roles speak of changes what they mean to apps.
    """
    uow.lock(ACCESS)
    resource = _get(uow, resource_id)
    before = resource.describe()
    ensure_unchanged("resource", before, if_unchanged)
    roles = Roles(uow.session).permitting(resource_id) if form.name != resource.name else []
    _check_identity(uow, resource, form, is_spoken_of=bool(roles))
    facts = _permissions_of(uow, roles)
    resource.name, resource.type = form.name, form.type
    resource.description, resource.metadata_ = form.description, dict(form.metadata)
    changed_from, changed_to = changes(before, resource.describe())
    if changed_to:
        uow.session.flush()
        uow.publish(ResourceEdited(touched=(resource.ref,), before=changed_from, after=changed_to))
        _tell_roles(uow, roles, facts)
    return resource


def delete_resource(
    uow: UnitOfWork, resource_id: UUID, *, reason: str | None = None, if_unchanged: str | None = None
) -> None:
    """Every permission on it goes with it.

    Raises:
        ResourceNotFound, ChangedMeanwhile
        PartOfThePortal: one of the portal's rooms.
    """
    uow.lock(ACCESS)
    resource = _get(uow, resource_id)
    before, ref = resource.describe(), resource.ref
    ensure_unchanged("resource", before, if_unchanged)
    if resource.is_system:
        raise PartOfThePortal("This is one of the portal's own rooms and can't be deleted.")
    roles = Roles(uow.session).permitting(resource_id)
    facts = _permissions_of(uow, roles)
    uow.session.expunge(resource)
    uow.session.execute(delete(Resource).where(Resource.id == resource_id))
    uow.publish(ResourceDeleted(touched=(ref,), before=before, reason=reason))
    _tell_roles(uow, roles, facts)


def _get(uow: UnitOfWork, resource_id: UUID) -> Resource:
    resource = uow.session.get(Resource, resource_id, populate_existing=True)
    if resource is None:
        raise ResourceNotFound
    return resource


def _check_identity(uow: UnitOfWork, resource: Resource, form: EditResource, *, is_spoken_of: bool) -> None:
    if resource.is_system:
        if (form.name, form.type) != (resource.name, resource.type):
            field = "name" if form.name != resource.name else "type"
            raise PartOfThePortal(
                "This is one of the portal's own rooms: it keeps its name and type, since its pages ask for them.",
                field=field,
            )
        return
    _keep_type_free(form)
    if form.name == resource.name:
        return
    if Resources(uow.session).exists_by_name(form.name):
        raise NameTaken("resource")
    if is_spoken_of and not has_power(uow, "admin", "permission"):
        raise TooMuchToGive(
            "Roles permit something on this resource, and apps know it by its name. Only who may admin permissions can "
            "call it otherwise."
        )


def _keep_type_free(form: EditResource) -> None:
    if form.type == PORTAL_TYPE:
        raise PartOfThePortal(
            "This type is kept for the portal's own rooms. Choose another one.", field="type"
        )


def _permissions_of(uow: UnitOfWork, roles: Sequence[Role]) -> dict[UUID, Facts]:
    permitted = Permissions(uow.session).of_roles([role.id for role in roles])
    return {role.id: permission_facts(permitted.get(role.id, ())) for role in roles}


def _tell_roles(uow: UnitOfWork, roles: Sequence[Role], before: dict[UUID, Facts]) -> None:
    """What each role permits is called otherwise now, or gone."""
    after = _permissions_of(uow, roles)
    for role in roles:
        changed_from, changed_to = permission_changes(before[role.id], after[role.id])
        uow.publish(RolePermissionsChanged(touched=(role.ref,), before=changed_from, after=changed_to))
