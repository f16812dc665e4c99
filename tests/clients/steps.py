"""Apps for tests, registered, changed and asked after in one line each."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from portal.access.repository import Roles
from portal.audit.repository import Entry
from portal.clients.models import Client
from portal.clients.schemas import EditClient, RegisterClient
from portal.clients.usecases import RegisteredClient, edit_client, register_client
from portal.infra.actor import CLI
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork

WISH = RegisterClient(
    client_name="Kestrel CI",
    kind="web",
    redirect_uris=["https://ci.example.org/callback"],
    post_logout_redirect_uris=["https://ci.example.org/"],
)


R = TypeVar("R")


def act(portal: "Portal", step: "Callable[[UnitOfWork], R]") -> R:
    with portal.unit_of_work(CLI) as uow:
        return step(uow)


def registered(portal: "Portal", **changes: object) -> RegisteredClient:
    return act(portal, lambda uow: register_client(uow, WISH.model_copy(update=changes)))


def edit(portal: "Portal", client_pk: UUID, wish: EditClient) -> Client:
    return act(portal, lambda uow: edit_client(uow, client_pk, wish))


def entries(portal: "Portal", action: str) -> list[Entry]:
    return history(portal, action)


def role_id(portal: "Portal", name: str) -> UUID:
    with portal.reading() as session:
        role = Roles(session).by_name(name)
        assert role is not None
        return role.id


def edited(**changes: object) -> EditClient:
    fields: dict[str, Any] = {
        "client_name": WISH.client_name,
        "redirect_uris": list(WISH.redirect_uris),
        "post_logout_redirect_uris": list(WISH.post_logout_redirect_uris),
        "scopes": ["openid", "profile", "email", "offline_access"],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    return EditClient.model_validate(fields | changes)
