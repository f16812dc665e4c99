"""The redirect-URI doctor: an address beside those that are registered, and the addresses that were refused lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from flask import Response, flash
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from wtforms import StringField

from portal.admin.clients.blueprint import app_page, clients, to_app
from portal.admin.console import now
from portal.audit.repository import AuditEntries, AuditFilter
from portal.clients.repository import Client, Clients
from portal.clients.rules.differences import Difference, redirect_uri_difference
from portal.clients.rules.doctor import Diagnosis, diagnose
from portal.clients.rules.redirect_uris import MAX_LENGTH, redirect_uri_matches
from portal.clients.services import kind_of
from portal.clients.usecases import add_redirect_uri
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.infra.errors import Invalid

REFUSED: Final = "client.redirect_refused"
LOOKED_BACK: Final = timedelta(days=30)
MOST_READ: Final = 200
MOST_SHOWN: Final = 10


class OneAddress(BaseModel):
    """An address as it was pasted: compared to the character, so that nothing is taken from it, not even spaces."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    redirect_uri: Annotated[str, Field(min_length=1, max_length=4 * MAX_LENGTH)]


class AddressForm(SchemaForm[OneAddress]):
    """One address, as it was found somewhere."""

    schema = OneAddress

    redirect_uri = StringField("Address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An address with which requests were refused, and what keeps it from being accepted now."""

    redirect_uri: str
    at: datetime
    times: int
    is_accepted: bool
    difference: Difference


@clients.route("/admin/apps/<uuid:client_pk>/redirects", methods=["GET", "POST"])
@requires("read", "client")
def redirects(client_pk: UUID) -> Response:
    """The address comes in a form and not in the page's own: what people paste may hold codes."""
    form = AddressForm()
    wish = form.parse()
    with reading() as session:
        client = Clients(session).get(client_pk)
        refusals = refusals_of(session, client)
    found = diagnose(wish.redirect_uri, client.redirect_uris, kind=kind_of(client)) if wish else None
    return app_page(
        "redirects", client, tab="redirects", status=form.status, form=form, found=found, refusals=refusals
    )


@clients.post("/admin/apps/<uuid:client_pk>/redirects/register")
@requires("update", "client")
def register_redirect(client_pk: UUID) -> Response:
    """One more address; what can't be one comes back with the reasons."""
    form = AddressForm()
    wish = form.parse()
    found: Diagnosis | None = None
    if wish is not None:
        try:
            with unit_of_work() as uow:
                add_redirect_uri(uow, client_pk, wish.redirect_uri)
        except Invalid as problem:
            form.reject(problem)
        else:
            flash("The address is registered; requests with it are accepted from now on")
            return to_app(client_pk, "redirects")
    with reading() as session:
        client = Clients(session).get(client_pk)
        refusals = refusals_of(session, client)
    if wish is not None:
        found = diagnose(wish.redirect_uri, client.redirect_uris, kind=kind_of(client))
    return app_page(
        "redirects", client, tab="redirects", status=422, form=form, found=found, refusals=refusals
    )


def refusals_of(session: Session, client: Client) -> list[Refusal]:
    """Of the last thirty days, each address once, the latest first."""
    wanted = AuditFilter(client_id=client.id, actions=(REFUSED,), since=now() - LOOKED_BACK)
    moments: dict[str, list[datetime]] = {}
    for entry in AuditEntries(session).page(wanted, size=MOST_READ).items:
        moments.setdefault(str(entry.details.get("redirect_uri", "")), []).append(entry.created_at)
    registered, kind = client.redirect_uris, kind_of(client)
    return [
        Refusal(
            redirect_uri=uri,
            at=found[0],
            times=len(found),
            is_accepted=redirect_uri_matches(uri, registered, kind=kind),
            difference=redirect_uri_difference(uri, registered),
        )
        for uri, found in list(moments.items())[:MOST_SHOWN]
    ]
