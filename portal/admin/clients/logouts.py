"""What an app was told of people who left (back-channel logout), what became of it, and saying it once more."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Response, flash

from portal.admin.clients.blueprint import app_page, clients, to_app
from portal.admin.console import Filters, cursor, now
from portal.clients.repository import Clients
from portal.grants.repository.leaving import LogoutNotices
from portal.grants.usecases.logout_notices import repeat_notice
from portal.http.context import reading, unit_of_work
from portal.http.guards import requires

LATELY: Final = timedelta(days=1)


@clients.get("/admin/apps/<uuid:client_pk>/logouts")
@requires("read", "client")
def logouts(client_pk: UUID) -> Response:
    """Every call, newest first, for as long as the outbox keeps it."""
    filters = Filters("admin_clients.logouts", client_pk=client_pk)
    with reading() as session:
        client = Clients(session).get(client_pk)
        notices = LogoutNotices(session)
        found = notices.page(client_pk, **cursor())
        is_missing_some = notices.any_failed(client_pk, since=now() - LATELY)
    return app_page(
        "logouts",
        client,
        tab="logouts",
        notices=found.items,
        turns=filters.turns(found),
        is_missing_some=is_missing_some,
        address=client.switches.get("backchannel_logout_uri"),
    )


@clients.post("/admin/apps/<uuid:client_pk>/logouts/<uuid:notice_id>/repeat")
@requires("update", "client")
def repeat_logout(client_pk: UUID, notice_id: UUID) -> Response:
    """At once, whatever has become of the one before."""
    with unit_of_work() as uow:
        repeat_notice(uow, Clients(uow.session).get(client_pk), notice_id)
    flash("On its way again")
    return to_app(client_pk, "logouts")
