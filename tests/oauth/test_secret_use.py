"""When an app last used a secret: written down now and then, so that a forgotten one shows itself."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.repository import ClientSecrets
from portal.clients.schemas import RotateSecret
from portal.clients.usecases import rotate_secret
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.steps import App
from tests.support.portals import MovableClock
from tests.support.statements import statements


@pytest.fixture
def service(register_app: RegisterApp) -> App:
    return register_app("service")


def uses(portal: Portal, app: App, clock: MovableClock) -> list[datetime | None]:
    """Of its secrets, the newest first."""
    with portal.reading() as session:
        live = ClientSecrets(session).live_of(client_row(portal, app).id, at=clock.now())
    return [secret.last_used_at for secret in live]


def ask(program: FlaskClient, app: App) -> int:
    return app.post(program, "/oauth2/token", grant_type="client_credentials").status_code


def test_the_first_use_is_written_down_and_then_one_an_hour(
    portal: Portal, program: FlaskClient, service: App, clock: MovableClock
) -> None:
    assert uses(portal, service, clock) == [None]
    assert ask(program, service) == 200
    (first,) = uses(portal, service, clock)
    assert first is not None
    clock.advance(minutes=59)
    assert ask(program, service) == 200
    assert uses(portal, service, clock) == [first]
    clock.advance(minutes=2)
    with statements(portal.engine) as asked:
        assert ask(program, service) == 200
    (second,) = uses(portal, service, clock)
    assert second is not None
    assert second - first >= timedelta(hours=1)
    assert [statement for statement in asked if statement.startswith("UPDATE client_secrets")] != []
    assert [entry.action for entry in audit_of(portal)][:3] == ["tokens.issued"] * 3, "a stamp, no event"


def test_only_the_secret_that_was_used_is_marked(
    portal: Portal, program: FlaskClient, service: App, clock: MovableClock
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        rotate_secret(uow, client_row(portal, service).id, RotateSecret())
    assert ask(program, service) == 200
    newer, older = uses(portal, service, clock)
    assert newer is None
    assert older is not None


def test_a_wrong_secret_marks_nothing(
    portal: Portal, program: FlaskClient, service: App, clock: MovableClock
) -> None:
    wrong = App(client_id=service.client_id, secret="x" * 70, auth_method=service.auth_method)
    assert ask(program, wrong) == 401
    assert uses(portal, service, clock) == [None]


def test_an_answer_stands_though_its_use_can_not_be_written_down(
    portal: Portal, program: FlaskClient, service: App
) -> None:
    """Nothing may hang on the stamp. Here the column is away; the copy of the client was made before."""
    assert portal.clients.find(service.client_id) is not None
    with portal.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE client_secrets RENAME COLUMN last_used_at TO elsewhere")
    assert ask(program, service) == 200
