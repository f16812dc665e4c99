"""All apps, one app, and the two or three things that one button does to it."""

from typing import Final
from uuid import UUID

from flask import Response, flash, url_for

from portal.admin.clients.blueprint import KIND_NAMES, app_page, clients, to_app
from portal.admin.clients.logouts import LATELY
from portal.admin.clients.redirects import refusals_of
from portal.admin.console import Filters, choice, cursor, may, now, page, words
from portal.admin.telling import tell_by_day
from portal.audit.repository import AuditEntries, AuditFilter
from portal.clients.repository import Clients, ClientSecrets, ClientState
from portal.clients.usecases import delete_client, disable_client, enable_client
from portal.grants.repository.leaving import LogoutNotices
from portal.http.context import reading, unit_of_work
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.http.tidying import tidy_address

HISTORY: Final = 10
STATES: Final[dict[str, ClientState]] = {
    "active": "active",
    "disabled": "disabled",
    "unverified": "unvouched",
}


@clients.get("/admin/apps")
@tidy_address
@requires("read", "client")
def listing() -> Response:
    """Every app, the newest first."""
    text, state = words("q"), choice("state", STATES)
    given = next((name for name, one in STATES.items() if one == state), None)
    filters = Filters("admin_clients.listing", q=text, state=given)
    with reading() as session:
        apps = Clients(session)
        found = apps.page(search=text, state=state, **cursor())
        unvouched = apps.count_unvouched()
    return page(
        "admin/clients/listing.html",
        "results",
        apps=found.items,
        kind_names=KIND_NAMES,
        state=given,
        unvouched=unvouched,
        text=text,
        filters=filters,
        turns=filters.turns(found),
    )


@clients.get("/admin/apps/<uuid:client_pk>")
@requires("read", "client")
def detail(client_pk: UUID) -> Response:
    """One app: what it is, its secrets, who may use it, what happened to it."""
    with reading() as session:
        apps = Clients(session)
        client = apps.get(client_pk)
        audience = apps.audience_of(client_pk)
        secrets = ClientSecrets(session).live_of(client_pk, at=now())
        wanted = AuditFilter(subject_id=client_pk)
        history = AuditEntries(session).page(wanted, size=HISTORY) if may("read", "audit") else None
        misdirected = [one for one in refusals_of(session, client) if not one.is_accepted]
        is_told = bool(client.switches.get("backchannel_logout_uri"))
        has_missed = is_told and LogoutNotices(session).any_failed(client_pk, since=now() - LATELY)
    return app_page(
        "detail",
        client,
        tab="detail",
        audience=audience,
        secrets=secrets,
        idle={secret.id for secret in secrets if secret.is_idle(at=now())},
        history=tell_by_day(history.items) if history else None,
        has_more=bool(history and history.older),
        misdirected=misdirected,
        has_missed_a_logout=has_missed,
    )


@clients.post("/admin/apps/<uuid:client_pk>/disable")
@requires("update", "client")
def disable(client_pk: UUID) -> Response:
    """Nobody signs in through it any more."""
    with unit_of_work() as uow:
        client = disable_client(uow, client_pk)
    flash(f"{client.client_name} is disabled")
    return to_app(client_pk)


@clients.post("/admin/apps/<uuid:client_pk>/enable")
@requires("update", "client")
def enable(client_pk: UUID) -> Response:
    """It may ask again."""
    with unit_of_work() as uow:
        client = enable_client(uow, client_pk)
    flash(f"{client.client_name} is enabled")
    return to_app(client_pk)


@clients.route("/admin/apps/<uuid:client_pk>/delete", methods=["GET"])
@requires("delete", "client")
def delete(client_pk: UUID) -> Response:
    """What would go with it, before it goes."""
    with reading() as session:
        client = Clients(session).get(client_pk)
        secrets = ClientSecrets(session).live_of(client_pk, at=now())
    return app_page("delete", client, tab="detail", secrets=secrets)


@clients.post("/admin/apps/<uuid:client_pk>/delete")
@requires("delete", "client")
def remove(client_pk: UUID) -> Response:
    """It is gone."""
    with unit_of_work() as uow:
        name = Clients(uow.session).get(client_pk).client_name
        delete_client(uow, client_pk)
    flash(f"{name} is removed")
    return see_other(url_for("admin_clients.listing"))
