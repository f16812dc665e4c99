"""Apps that a person has connected, and how to disconnect one."""

from typing import Final
from uuid import UUID

from flask import Response, flash, url_for

from portal.clients.rules.api_scopes import WORDS as API_WORDS
from portal.clients.rules.api_scopes import api_scopes_in
from portal.grants.errors import GrantNotFound
from portal.grants.repository.grants import Connection, Grants
from portal.grants.rules.scopes import EMAIL, OFFLINE_ACCESS, PROFILE, ROLES
from portal.grants.usecases.connections import disconnect
from portal.http.context import reading, unit_of_work
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.web.account import account, my_account, myself

WORDS: Final = {PROFILE: "who you are", EMAIL: "your email address", ROLES: "your roles"}


@account.get("/account/apps")
@signed_in
def apps() -> Response:
    with reading() as database:
        connections = Grants(database).connections_of(myself().user_id)
    return respond(
        "web/connections/listing.html", nav="apps", connections=connections, can=can, does=does, stays=stays
    )


@account.post("/account/apps/<uuid:grant_id>/disconnect")
@signed_in
def disconnect_app(grant_id: UUID) -> Response:
    """Everything that the app holds of this person is dead at once."""
    owner = my_account().ref
    try:
        with unit_of_work() as uow:
            name = disconnect(uow, grant_id, owner=owner)
        flash(f"Disconnected {name}")
    except GrantNotFound:
        flash("That app was disconnected already")
    return see_other(url_for("account.apps"))


def can(connection: Connection) -> str:
    """What the app sees, as one phrase."""
    seen = [words for scope, words in WORDS.items() if scope in connection.scopes]
    if not seen:
        return "Recognises you"
    return "Sees " + (seen[0] if len(seen) == 1 else f"{', '.join(seen[:-1])} and {seen[-1]}")


def does(connection: Connection) -> list[str]:
    """What the app may do here in this person's name, line by line."""
    return [API_WORDS[scope] for scope in api_scopes_in(connection.scopes)]


def stays(connection: Connection) -> bool:
    """Whether it goes on without the person being there."""
    return OFFLINE_ACCESS in connection.scopes
