"""The room, and how it shows an app."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Listing, ListQuery, OneQuery, View
from portal.api.v1.parts import places
from portal.clients.repository import Client, Clients

clients: Final = Room(
    "Apps", "Applications that sign people in through the portal, or call its APIs (OAuth clients)."
)
PATH: Final = "/clients/<uuid:client_pk>"


class ClientView(View):
    """An app. Names are those of the registries (RFC 7591) where there are some."""

    id: UUID
    client_id: str
    client_name: str
    kind: str
    is_active: bool
    token_endpoint_auth_method: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    grant_types: list[str]
    response_types: list[str]
    scopes: list[str]
    access_claims: list[str]
    id_token_signed_response_alg: str
    require_pkce: bool
    require_consent: bool
    everyone_may_use: bool
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    registered_by: str = Field(description="`admin`, `self`, or how else it came.")
    is_vouched: bool
    first_sign_in_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ClientQuery(ListQuery):
    """Which apps."""

    q: Annotated[str, Field(max_length=100, description="Part of the name, or the client_id.")] = ""
    state: Literal["active", "disabled", "unvouched"] | None = None


def view(client: Client) -> ClientView:
    own = {name for name in ClientView.model_fields if name not in {"scopes", "access_claims"}}
    facts: dict[str, Any] = {name: getattr(client, name) for name in own}
    return ClientView(**facts, scopes=client.scope.split(), access_claims=client.access_claims or [])


def locked(call: Call[Any, Any], client_pk: UUID) -> Client:
    """The app, unchanged by anyone else until the end of the call, and as `If-Match` says.

    Raises:
        ClientNotFound, PreconditionFailed
    """
    client = Clients(call.session).get_to_change(client_pk)
    call.check_unchanged(view(client))
    return client


@clients.get(
    "/clients",
    scope="clients:read",
    permission=("read", "client"),
    query=ClientQuery,
    returns=ClientView,
    is_list=True,
)
def list_clients(call: Call[ClientQuery, None]) -> Listing[ClientView]:
    """All apps, the newest first."""
    found = Clients(call.session).page(
        search=call.query.q,
        state=call.query.state,
        **places(call.turn),
        size=call.query.limit,
    )
    return Listing(items=[view(client) for client in found.items], older=found.older, newer=found.newer)


@clients.get(PATH, scope="clients:read", permission=("read", "client"), returns=ClientView)
def show_client(call: Call[OneQuery, None], client_pk: UUID) -> ClientView:
    """One app."""
    return view(Clients(call.session).get(client_pk))
