"""Resources: what permissions speak about, and what conditions may compare of it."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.errors import ResourceNotFound
from portal.access.repository import Resource, Resources
from portal.access.repository.resources import ResourceSort
from portal.access.rules import ACCESS
from portal.access.schemas import CreateResource, EditResource
from portal.access.usecases.resources import create_resource as make_resource
from portal.access.usecases.resources import delete_resource as remove_resource
from portal.access.usecases.resources import edit_resource as change_resource
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Created, Listing, ListQuery, Nothing, OneQuery, Rehearsal, View
from portal.api.v1.parts import RehearsalWithReason

resources: Final = Room("Resources", "What permissions are about: parts of the portal, and things of apps.")

_PATH: Final = "/resources/<uuid:resource_id>"


class ResourceView(View):
    """A resource."""

    id: UUID
    name: str
    type: str
    description: str
    is_system: bool = Field(description="One of the portal's own rooms: it keeps its name and type.")
    metadata: dict[str, Any] = Field(description="What conditions may compare of it, as `resource.<name>`.")

    @classmethod
    def of(cls, resource: Resource) -> "ResourceView":
        return cls(id=resource.id, is_system=resource.is_system, **resource.describe())


class ResourceQuery(ListQuery):
    """Which resources are wanted."""

    q: Annotated[str, Field(max_length=100, description="Part of a name or a description.")] = ""
    type: Annotated[str | None, Field(max_length=30, description="`portal` for the portal's own rooms.")] = (
        None
    )
    sort: Annotated[ResourceSort, Field(description="A to Z, unless said.")] = "name"


@resources.get(
    "/resources", scope="roles:read", permission=("read", "resource"), query=ResourceQuery, returns=ResourceView,
    is_list=True,
)  # fmt: skip
def list_resources(call: Call[ResourceQuery, None]) -> Listing[ResourceView]:
    """Every resource."""
    asked, turn = call.query, call.turn
    found = Resources(call.session).found(
        search=asked.q,
        type_=asked.type,
        sort=asked.sort,
        before=turn.before,
        after=turn.after,
        size=asked.limit,
    )
    items = [ResourceView.of(one) for one in found.items]
    return Listing(items=items, older=found.older, newer=found.newer)


@resources.post(
    "/resources",
    scope="roles:write",
    permission=("create", "resource"),
    body=CreateResource,
    returns=ResourceView,
)
def create_resource(call: Call[Nothing, CreateResource]) -> Created[ResourceView]:
    """Make something more that roles can permit something on."""
    made = make_resource(call.uow, call.body)
    return Created(ResourceView.of(made), path=f"/resources/{made.id}")


@resources.get(_PATH, scope="roles:read", permission=("read", "resource"), returns=ResourceView)
def show_resource(call: Call[OneQuery, None], resource_id: UUID) -> ResourceView:
    """One resource."""
    return ResourceView.of(_resource(call, resource_id))


@resources.patch(
    _PATH, scope="roles:write", permission=("update", "resource"), query=Rehearsal, body=EditResource,
    returns=ResourceView,
)  # fmt: skip
def edit_resource(call: Call[Rehearsal, EditResource], resource_id: UUID) -> ResourceView:
    """Call a resource otherwise, or change what conditions compare of it.

    Permissions move along to a new name. `metadata` is merged, name by name. The portal's own rooms keep name and
    type: 409.
    """
    resource = _locked(call, resource_id)
    call.check_unchanged(ResourceView.of(resource))
    wish = call.merged(EditResource, resource.describe())
    return ResourceView.of(change_resource(call.uow, resource_id, wish))


@resources.delete(_PATH, scope="roles:write", permission=("delete", "resource"), query=RehearsalWithReason)
def delete_resource(call: Call[RehearsalWithReason, Any], resource_id: UUID) -> None:
    """Remove a resource, and every permission on it. The portal's own rooms stay: 409."""
    call.check_unchanged(ResourceView.of(_locked(call, resource_id)))
    remove_resource(call.uow, resource_id, reason=call.query.reason)


def _locked(call: Call[Any, Any], resource_id: UUID) -> Resource:
    call.uow.lock(ACCESS)
    return _resource(call, resource_id)


def _resource(call: Call[Any, Any], resource_id: UUID) -> Resource:
    resource = Resources(call.session).get(resource_id)
    if resource is None:
        raise ResourceNotFound
    return resource
