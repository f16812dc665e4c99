"""Apps whose client id is the address of a document about them."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.clients.rules.documents import is_document_address
from portal.clients.usecases import disable_client
from portal.clients.usecases.vouching import vouch_for_client
from portal.infra.actor import CLI
from tests.infra.listeners import Listen, Listener, listen, says
from tests.oauth.conftest import audit_of, client_row
from tests.oauth.steps import CALLBACK, App, answer_consent, authorize, returned
from tests.support.portals import MovableClock

__all__ = ["listen"]

pytestmark = pytest.mark.settings(client_id_documents=True, fetch_loopback=True)

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Published:
    """A document on a server of the app's own."""

    server: Listener
    document: dict[str, Any]

    @property
    def app(self) -> App:
        return App(client_id=self.document["client_id"], secret=None, auth_method="none")


@pytest.fixture
def publish(listen: Listen) -> Callable[..., Published]:
    """`publish(redirect_uris=[…])`; the document may change later, or become something else."""

    def publish(kind: str = "application/json", **members: object) -> Published:
        document: dict[str, Any] = {"client_name": "Kestrel", "redirect_uris": [CALLBACK]}

        def answer(connection: socket.socket) -> None:
            body = document.get("raw") or json.dumps(document).encode()
            says(body, kind=kind, status=document.get("status", "200 OK"))(connection)

        server = listen(answer)
        document["client_id"] = f"http://localhost:{server.port}/oauth/client.json"
        document.update(members)
        return Published(server, document)

    return publish


Publish = Callable[..., Published]


def test_an_app_signs_people_in_without_having_been_registered(
    portal: Portal, program: FlaskClient, visitor: FlaskClient, publish: Publish
) -> None:
    app = publish().app
    page = authorize(visitor, app.request(scope="openid email"))
    assert "Unverified app" in page.text
    assert (
        f'trust <strong class="ltr">localhost:{app.client_id.split(":")[2].split("/")[0]}</strong>'
        in page.text
    )
    code = returned(answer_consent(visitor, page))["code"]
    tokens = app.redeem(program, code).get_json()
    assert tokens["access_token"]
    row = client_row(portal, app)
    assert (row.registered_by, row.is_vouched, row.require_pkce) == ("document", False, True)
    assert audit_of(portal, "client.registered")[0].actor_kind == "user"


@on_one_database
def test_the_metadata_says_so_only_where_it_is_so(program: FlaskClient) -> None:
    said = program.get("/.well-known/openid-configuration").get_json()
    assert said["client_id_metadata_document_supported"] is True


@on_one_database
@pytest.mark.settings(client_id_documents=False)
def test_nothing_is_fetched_where_the_portal_does_not_take_documents(
    program: FlaskClient, visitor: FlaskClient, publish: Publish
) -> None:
    kestrel = publish()
    assert authorize(visitor, kestrel.app.request()).status_code == 400
    assert kestrel.server.connections == 0
    said = program.get("/.well-known/openid-configuration").get_json()
    assert "client_id_metadata_document_supported" not in said


def test_a_document_is_read_again_after_an_hour(
    portal: Portal, visitor: FlaskClient, publish: Publish, clock: MovableClock
) -> None:
    kestrel = publish()
    for _ in range(3):
        authorize(visitor, kestrel.app.request())
    assert kestrel.server.connections == 1
    with portal.unit_of_work(CLI) as uow:
        vouch_for_client(uow, client_row(portal, kestrel.app).id)
    clock.advance(minutes=61)
    authorize(visitor, kestrel.app.request())
    assert client_row(portal, kestrel.app).is_vouched
    kestrel.document["client_name"] = "Your bank"
    clock.advance(minutes=61)
    authorize(visitor, kestrel.app.request())
    row = client_row(portal, kestrel.app)
    assert (row.client_name, row.is_vouched) == ("Your bank", False)
    assert kestrel.server.connections == 3


@on_one_database
def test_the_last_good_copy_serves_for_a_day(
    visitor: FlaskClient, publish: Publish, clock: MovableClock
) -> None:
    kestrel = publish()
    authorize(visitor, kestrel.app.request())
    kestrel.document["status"] = "503 Away"
    clock.advance(hours=23)
    assert authorize(visitor, kestrel.app.request()).status_code == 200
    clock.advance(hours=2)
    assert authorize(visitor, kestrel.app.request()).status_code == 400


@on_one_database
def test_what_can_not_be_fetched_is_not_tried_at_once_again(visitor: FlaskClient, publish: Publish) -> None:
    kestrel = publish(status="404 Not Found")
    answers = [authorize(visitor, kestrel.app.request()) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {400}
    assert "The app&#39;s description can&#39;t be used" in answers[0].text
    assert "404" in answers[0].text
    assert kestrel.server.connections == 1


@on_one_database
@pytest.mark.parametrize(
    "members",
    [
        {"client_id": None},
        {"raw": b"[]"},
        {"raw": b'{"client_id": "' + b"x" * 6000 + b'"}'},
        {"client_secret": "x"},
        {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"grant_types": ["client_credentials"], "response_types": []},
        {"jwks_uri": "https://169.254.169.254/"},
        {"kind": "text/html"},
    ],
)
def test_a_document_that_says_what_it_may_not_is_no_app(
    portal: Portal, visitor: FlaskClient, publish: Publish, members: dict[str, Any]
) -> None:
    kestrel = publish(**members)
    address = f"http://localhost:{kestrel.server.port}/oauth/client.json"
    asked = kestrel.app.request() | {"client_id": address}
    answer = authorize(visitor, asked)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    with portal.reading() as session:
        assert Clients(session).count() == 0


@on_one_database
def test_a_document_of_one_address_is_no_app_of_another(visitor: FlaskClient, publish: Publish) -> None:
    kestrel, other = publish(), publish()
    other.document["client_id"] = kestrel.document["client_id"]
    address = f"http://localhost:{other.server.port}/oauth/client.json"
    assert authorize(visitor, kestrel.app.request() | {"client_id": address}).status_code == 400


@on_one_database
def test_an_app_that_pushes_first_is_known_too(program: FlaskClient, publish: Publish) -> None:
    app = publish().app
    request = {name: value for name, value in app.request().items() if name != "client_id"}
    assert app.post(program, "/oauth2/par", **request).status_code == 201


@on_one_database
def test_a_disabled_app_stays_so_whatever_its_document_says(
    portal: Portal, visitor: FlaskClient, publish: Publish, clock: MovableClock
) -> None:
    kestrel = publish()
    authorize(visitor, kestrel.app.request())
    with portal.unit_of_work(CLI) as uow:
        disable_client(uow, client_row(portal, kestrel.app).id)
    clock.advance(hours=2)
    assert authorize(visitor, kestrel.app.request()).status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "http://kestrel.example/client.json",
        "https://kestrel.example",
        "https://kestrel.example/",
        "https://kestrel.example/a/../client.json",
        "https://kestrel.example/a/%2e%2e/client.json",
        "https://kestrel.example/client.json#x",
        "https://user@kestrel.example/client.json",
        "https://127.1/client.json",
        "https://0x7f.1/client.json",
        "https://kestrel.example\\@evil.example/x",
        "https://kestrel.example/" + "x" * 300,
        "file:///etc/passwd",
        "urn:ietf:params:oauth:client",
        "kestrel",
        "",
    ],
)
def test_what_leads_to_no_one_place_is_no_address_of_a_document(address: str) -> None:
    assert not is_document_address(address)
    assert is_document_address("https://kestrel.example/client.json")


@on_one_database
@pytest.mark.settings(client_id_documents=True, fetch_loopback=False)
def test_C9_no_client_id_leads_into_the_house(  # noqa: N802
    visitor: FlaskClient, web_app: App, listen: Listen
) -> None:
    canary = listen(says(b"{}"))
    for host in ("localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"):
        for scheme in ("http", "https"):
            address = f"{scheme}://{host}:{canary.port}/client.json"
            answer = authorize(visitor, web_app.request() | {"client_id": address})
            assert answer.status_code == 400
    assert canary.connections == 0
