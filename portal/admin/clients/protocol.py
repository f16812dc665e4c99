"""How an app speaks to the portal, a group of settings a page, beside what the profile of its kind says."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from flask import Response, abort, flash, request, url_for

from portal.admin.clients import switch_words as say
from portal.admin.clients.blueprint import app_page, clients, to_app
from portal.admin.clients.protocol_form import ProtocolForm, as_form
from portal.clients.repository import Client, Clients
from portal.clients.rules.profiles import GROUPS, ITS_OWN, Departure, departures, preset_values
from portal.clients.schemas import EditProtocol
from portal.clients.services import kind_of
from portal.clients.services.protocol import values_of
from portal.clients.services.sectors import fetch_sector
from portal.clients.usecases.protocol import edit_protocol
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import Invalid

SECTOR: Final = "sector_identifier_uri"


@clients.route("/admin/apps/<uuid:client_pk>/settings/<group>", methods=["GET", "POST"])
@requires("update", "client")
def protocol(client_pk: UUID, group: str) -> Response:
    """One group. The others stay as they are, also where somebody has changed them meanwhile."""
    if group not in GROUPS:
        abort(404)
    with reading() as session:
        client = Clients(session).get(client_pk)
    values = values_of(client)
    form = ProtocolForm(data=as_form(values))
    form.fit(client, group)
    wish = form.parse()
    if wish is not None:
        given = {name: getattr(wish, name) for name in GROUPS[group]}
        try:
            _save(client, values | given)
        except Invalid as problem:
            form.reject(problem)
        else:
            flash(f"Saved the settings of {say.GROUP_TITLES[group][0]}")
            return see_other(_address(client_pk, group))
    return _page(client, form, group)


@clients.route("/admin/apps/<uuid:client_pk>/settings/preset", methods=["GET", "POST"])
@requires("update", "client")
def preset(client_pk: UUID) -> Response:
    """Back to what the kind of app starts with, after a look at what that changes. Its addresses and keys stay."""
    with reading() as session:
        client = Clients(session).get(client_pk)
    problem: Invalid | None = None
    if request.method == "POST":
        try:
            _save(client, values_of(client) | preset_values(kind_of(client)))
        except Invalid as refused:
            problem = refused
        else:
            flash("The app is set as its kind says")
            return to_app(client_pk, "settings")
    return app_page(
        "preset",
        client,
        tab="settings",
        status=422 if problem else 200,
        departures=_departures(client),
        problem=problem,
        say=say,
    )


def _save(client: Client, values: dict[str, Any]) -> None:
    """With the sector fetched first where it is a new one: never inside a transaction."""
    wish = EditProtocol.model_construct(**values)
    sector: Collection[str] | None = None
    if values[SECTOR] and values[SECTOR] != client.switches.get(SECTOR):
        sector = fetch_sector(current_portal().ports.fetcher, values[SECTOR])
    with unit_of_work() as uow:
        edit_protocol(uow, client.id, wish, sector=sector)


def _page(client: Client, form: ProtocolForm, group: str) -> Response:
    settings, preset_says = current_portal().settings, preset_values(kind_of(client))
    return app_page(
        "protocol",
        client,
        tab="settings",
        status=form.status,
        form=form,
        group=group,
        names=[name for name in GROUPS[group] if name in form],
        preset_says={name: say.value_in_words(value) for name, value in preset_says.items()},
        changed={one.name for one in _departures(client)},
        its_own=ITS_OWN,
        portal_says={
            "access_token_seconds": settings.access_token_seconds,
            "refresh_idle_seconds": settings.refresh_token_seconds,
            "refresh_family_seconds": settings.refresh_family_seconds,
        },
        say=say,
    )


def _departures(client: Client) -> list[Departure]:
    return departures(kind_of(client), values_of(client))


def _address(client_pk: UUID, group: str) -> str:
    return url_for("admin_clients.protocol", client_pk=client_pk, group=group)
