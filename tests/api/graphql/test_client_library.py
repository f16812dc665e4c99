"""A client library that others wrote, against a running portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

if TYPE_CHECKING:
    from tests.support.live import LivePortal


def _client(portal: LivePortal, token: str | None = None, *, reads_schema: bool = False) -> Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = HTTPXTransport(url=f"{portal.url}/graphql", headers=headers)
    return Client(transport=transport, fetch_schema_from_transport=reads_schema)


@pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)
def test_a_client_library_reads_the_schema_registers_asks_and_signs_out(live_portal: LivePortal) -> None:
    person = {
        "username": "graph",
        "email": "graph@example.org",
        "password": "three herons over the quiet weir",
    }
    register = gql("mutation($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }")
    register.variable_values = {"input": person}
    with _client(live_portal) as session:
        payload = session.execute(register)["register"]
        with pytest.raises(TransportQueryError) as told:
            session.execute(register)
    assert told.value.errors is not None
    assert told.value.errors[0]["extensions"]["code"] == "email_taken"
    with _client(live_portal, payload["accessToken"], reads_schema=True) as session:
        assert session.client.schema is not None
        assert "auth" in {one.name for one in session.client.schema.directives}
        me = session.execute(gql("{ currentUser { id username createdAt roles { name } } }"))["currentUser"]
        assert (me["id"], me["username"]) == (payload["user"]["id"], "graph")
        assert session.execute(gql("mutation { logout }")) == {"logout": True}
        with pytest.raises(TransportQueryError):
            session.execute(gql("{ currentUser { id } }"))
