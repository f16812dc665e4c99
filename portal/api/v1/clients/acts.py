"""What is done to apps: the acts of the console, by the same use cases."""

from typing import Any
from uuid import UUID

from pydantic import Field

from portal.api.calls import Call
from portal.api.shapes import Created, Nothing, OneQuery, View
from portal.api.v1.clients.room import PATH, ClientView, clients, locked, view
from portal.api.v1.parts import NamedView
from portal.clients.repository import Clients
from portal.clients.schemas import ClientAccess, EditClient, RegisterClient
from portal.clients.usecases import register_client
from portal.clients.usecases.registration import delete_client
from portal.clients.usecases.settings import disable_client, edit_client, enable_client, set_client_access
from portal.clients.usecases.vouching import vouch_for_client, withdraw_vouching


class NewClientView(ClientView):
    """A new app, with its secret."""

    client_secret: str | None = Field(
        description="Shown here and never again; null where the app proves itself otherwise.", repr=False
    )


class AccessView(View):
    """Who may use an app."""

    audience: str = Field(
        description="`everyone`, or `roles`: holders of the roles and members of the groups."
    )
    roles: list[NamedView]
    groups: list[NamedView]


@clients.post(
    "/clients",
    scope="clients:write",
    permission=("create", "client"),
    body=RegisterClient,
    returns=NewClientView,
)
def create_client(call: Call[Nothing, RegisterClient]) -> Created[NewClientView]:
    """Register an app.

    Everything else follows from its kind. Nobody may use it until somebody is chosen.
    """
    registered = register_client(call.uow, call.body)
    shown = view(registered.client).model_dump()
    return Created(
        NewClientView(**shown, client_secret=registered.secret), path=f"/clients/{registered.client.id}"
    )


@clients.patch(
    PATH, scope="clients:write", permission=("update", "client"), body=EditClient, returns=ClientView
)
def patch_client(call: Call[Nothing, EditClient], client_pk: UUID) -> ClientView:
    """Change an app's settings. Its kind and its `client_id` stay what they are."""
    kept = view(locked(call, client_pk)).model_dump(include=set(EditClient.model_fields))
    return view(edit_client(call.uow, client_pk, call.merged(EditClient, kept)))


@clients.get(f"{PATH}/access", scope="clients:read", permission=("read", "client"), returns=AccessView)
def show_client_access(call: Call[OneQuery, None], client_pk: UUID) -> AccessView:
    """Who may use an app."""
    return _access(call, client_pk)


@clients.put(
    f"{PATH}/access",
    scope="clients:write",
    permission=("update", "client"),
    body=ClientAccess,
    returns=AccessView,
)
def put_client_access(call: Call[Nothing, ClientAccess], client_pk: UUID) -> AccessView:
    """Say who may use an app, from the next sign-in on."""
    Clients(call.session).get_to_change(client_pk)
    if call.if_match is not None:
        call.check_unchanged(_access(call, client_pk))
    set_client_access(call.uow, client_pk, call.body)
    call.session.flush()
    return _access(call, client_pk)


@clients.post(
    f"{PATH}/disable", scope="clients:write", permission=("update", "client"), returns=ClientView, status=200
)
def shut_client(call: Call[Nothing, None], client_pk: UUID) -> ClientView:
    """Shut an app out until somebody enables it again."""
    return view(disable_client(call.uow, client_pk))


@clients.post(
    f"{PATH}/enable", scope="clients:write", permission=("update", "client"), returns=ClientView, status=200
)
def open_client(call: Call[Nothing, None], client_pk: UUID) -> ClientView:
    """Let an app ask again."""
    return view(enable_client(call.uow, client_pk))


@clients.put(f"{PATH}/vouching", scope="clients:write", permission=("update", "client"), returns=ClientView)
def put_vouching(call: Call[Nothing, None], client_pk: UUID) -> ClientView:
    """Vouch for an app that registered itself: people are no longer warned of it."""
    locked(call, client_pk)
    return view(vouch_for_client(call.uow, client_pk))


@clients.delete(f"{PATH}/vouching", scope="clients:write", permission=("update", "client"))
def delete_vouching(call: Call[Nothing, Any], client_pk: UUID) -> None:
    """Take it back."""
    locked(call, client_pk)
    withdraw_vouching(call.uow, client_pk)


@clients.delete(PATH, scope="clients:write", permission=("delete", "client"))
def remove_client(call: Call[Nothing, Any], client_pk: UUID) -> None:
    """Remove an app, with the secrets, grants and tokens of everybody who used it."""
    locked(call, client_pk)
    delete_client(call.uow, client_pk)


def _access(call: Call[Any, Any], client_pk: UUID) -> AccessView:
    apps = Clients(call.session)
    client, audience = apps.get(client_pk), apps.audience_of(client_pk)
    return AccessView(
        audience="everyone" if client.everyone_may_use else "roles",
        roles=[NamedView(id=ref.id, name=ref.label) for ref in audience.roles],
        groups=[NamedView(id=ref.id, name=ref.label) for ref in audience.groups],
    )
