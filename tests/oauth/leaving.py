"""What the tests of logout share: an app that listens, how people leave, and what then lies in the outbox."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.infra.actor import SYSTEM
from portal.infra.outbox import OutboxMessage
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.steps import LEFT, App, hidden_fields
from tests.support.receivers import Receiver, receiving

Listening = Callable[..., App]

EVENTS: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The app's own end."""
    with receiving() as server:
        yield server


@pytest.fixture
def listening(portal: Portal, register_app: RegisterApp, receiver: Receiver) -> Listening:
    """`listening(subject_type="pairwise")`: an app that is told of sign-outs."""

    def register(name: str = "Kestrel CI", **switches: object) -> App:
        app = register_app("web", name=name, require_consent=False)
        set_switches(portal, app, backchannel_logout_uri=f"{receiver.url}/backchannel_logout", **switches)
        return app

    return register


def set_switches(portal: Portal, app: App, **switches: object) -> None:
    """Change some of an app's switches."""
    with portal.unit_of_work(SYSTEM) as uow:
        client = Clients(uow.session).get(client_row(portal, app).id)
        client.switches = {**client.switches, **switches}
        client.updated_at = uow.now
    portal.clients.forget(client.id)


def calls(portal: Portal) -> list[OutboxMessage]:
    """The promised calls, oldest first."""
    with portal.reading() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == "logout_call").order_by(OutboxMessage.id)
        return list(session.scalars(query))


def leave(visitor: FlaskClient, hint: str) -> None:
    """Sign out in the app, which sends the browser here and gets it back."""
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": LEFT, "state": "x"}
    answer = visitor.get("/oauth2/logout", query_string=asked)
    assert answer.headers["Location"] == f"{LEFT}?state=x"


def sign_out_here(visitor: FlaskClient) -> None:
    """By the portal's own button."""
    form = hidden_fields(visitor.get("/logout"), "/logout")
    assert visitor.post("/logout", data=form).status_code == 303
