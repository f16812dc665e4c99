"""How an app speaks to the portal: every switch, under its registry's name."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from pydantic import create_model

from portal.api.calls import Call
from portal.api.shapes import Nothing, OneQuery, View
from portal.api.v1.clients.room import PATH, clients
from portal.clients.repository import Clients
from portal.clients.schemas import EditProtocol
from portal.clients.services.protocol import values_of
from portal.clients.services.sectors import fetch_sector
from portal.clients.usecases.protocol import edit_protocol
from portal.http.context import current_portal, reading

SECTOR: Final = "sector_identifier_uri"

ProtocolView: Final[type[View]] = create_model(
    "ProtocolView",
    __base__=View,
    __doc__="Everything about the protocol that can be set for an app.",
    **{name: (field.annotation, ...) for name, field in EditProtocol.model_fields.items()},  # type: ignore[call-overload]
)


@clients.get(f"{PATH}/protocol", scope="clients:read", permission=("read", "client"), returns=ProtocolView)
def show_client_protocol(call: Call[OneQuery, None], client_pk: UUID) -> View:
    """How an app speaks to the portal."""
    return _view(values_of(Clients(call.session).get(client_pk)))


@clients.patch(
    f"{PATH}/protocol", scope="clients:write", permission=("update", "client"), body=EditProtocol, returns=ProtocolView,
    opens_itself=True,
)  # fmt: skip
def patch_client_protocol(call: Call[Nothing, EditProtocol], client_pk: UUID) -> View:
    """Change how an app speaks to the portal.

    Settings that contradict each other or the app's kind are refused, each by name. A new `sector_identifier_uri` is
    fetched first.
    """
    with reading() as session:
        client = Clients(session).get(client_pk)
        kept, known = values_of(client), client.switches.get(SECTOR)
    wish = call.merged(EditProtocol, _view(kept).model_dump(mode="json"))
    sector: Collection[str] | None = None
    if wish.sector_identifier_uri and wish.sector_identifier_uri != known:
        sector = fetch_sector(current_portal().ports.fetcher, wish.sector_identifier_uri)
    with call.opened() as uow:
        call.check_unchanged(_view(values_of(Clients(uow.session).get_to_change(client_pk))))
        return _view(values_of(edit_protocol(uow, client_pk, wish, sector=sector)))


def _view(values: dict[str, Any]) -> View:
    """Switches were judged when they were set; an older release may have had other rules."""
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return ProtocolView.model_construct(_fields_set=None, **listed)
