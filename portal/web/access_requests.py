"""What people ask for: the list of it with the answers, and the way to ask for something more."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from wtforms import HiddenField, RadioField, StringField, TextAreaField

from portal.access.errors import RequestDecided
from portal.access.repository.requests import AccessRequests
from portal.access.repository.reviews import AccessReviews
from portal.access.repository.stewards import Stewards
from portal.access.rules.requests import wanted
from portal.access.schemas.requests import AskForAccess
from portal.access.usecases.requests import request_access, withdraw_request
from portal.clients.repository import Clients
from portal.grants.repository.closed_apps import ClosedApps
from portal.http.askable import Askable, Askables
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.http.throttles import throttle
from portal.http.tidying import tidy_address
from portal.infra.errors import Invalid, NotFound
from portal.infra.rate_limit import Rule
from portal.infra.unit_of_work import UnitOfWork
from portal.web.account import myself

access_requests = Blueprint("access_requests", __name__)

ASK: Final = Rule(30, seconds=3600)
"""For one person: more than anybody has reasons for."""
MOST_COUNTED: Final = 99
SEARCH_LENGTH: Final = 100


class AskForm(SchemaForm[AskForAccess]):
    """What, why, and until when."""

    schema = AskForAccess

    thing = RadioField("What you ask for", validate_choice=False)
    reason = TextAreaField("Reason")
    wished_until = StringField("Until", render_kw={"type": "date"})
    reference = HiddenField("Reference")

    def offer(self, things: list[Askable]) -> None:
        """The answers of the first question; the only one is given already."""
        self.thing.choices = [(str(thing.target), thing.name) for thing in things]
        if len(things) == 1 and not self.thing.data:
            self.thing.data = str(things[0].target)


@access_requests.get("/account/requests")
@signed_in
def mine() -> Response:
    """What this person asked for, the newest first, and what waits for their own answer."""
    me = myself().user_id
    with reading() as session:
        found = AccessRequests(session)
        page = found.page(by=me, before=_id("before"), after=_id("after"))
        deciders = found.people({row.decided_by for row in page.items})
        duties = Stewards(session).duties_of(me)
        opens = ClosedApps(session).opened_by(roles=duties.roles, groups=duties.groups) if duties else set()
        waiting = found.count_open(about=duties.ids | opens, most=MOST_COUNTED) if duties else 0
        reviews = AccessReviews(session).count_open(reviewer=me, most=MOST_COUNTED)
    return respond(
        "web/access_requests/mine.html",
        nav="requests",
        page=page,
        deciders=deciders,
        looks_after=bool(duties),
        waiting=waiting,
        reviews=reviews,
        older=url_for("access_requests.mine", before=page.older) if page.older else None,
        newer=url_for("access_requests.mine", after=page.newer) if page.newer else None,
    )


@access_requests.route("/account/requests/new", methods=["GET", "POST"])
@signed_in
@tidy_address
def new() -> Response:
    """A list to choose from; or, with something chosen, the form. A refusal page leads here with its reference, an
    app's page with the app.
    """
    form = AskForm(data={"reference": request.args.get("reference", "")[:40]})
    with reading() as session:
        askables = Askables(session, myself().user_id, at=current_portal().ports.clock.now())
        chosen = _chosen(askables, form)
        if not chosen and request.method != "POST":
            return _list(askables)
    form.offer(chosen)
    if request.method == "POST":
        throttle("access_request", ASK, subject=str(myself().user_id))
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                asked = _ask(uow, wish)
        except Invalid as problem:
            form.reject(problem)
        else:
            flash(f"You asked for {asked}. You get an email when it is answered")
            return see_other(url_for("access_requests.mine"))
    return respond(
        "web/access_requests/new.html", status=form.status, nav="requests", form=form, chosen=chosen
    )


@access_requests.post("/account/requests/<uuid:request_id>/withdraw")
@signed_in
def withdraw(request_id: UUID) -> Response:
    """Not wanted any more."""
    try:
        with unit_of_work() as uow:
            row = withdraw_request(uow, request_id)
    except RequestDecided as problem:
        flash(problem.message)
    else:
        flash(f"You don't ask for {row.target_label} any more")
    return see_other(url_for("access_requests.mine"))


def _ask(uow: UnitOfWork, wish: AskForAccess) -> str:
    """Asked for, and what it is called. What is closed to whom, only doors may see as a whole."""
    if wish.thing.type != "client":
        return request_access(uow, wish).target_label
    client = ClosedApps(uow.session).find(wish.thing.id, myself().user_id, at=uow.now)
    openers = Clients(uow.session).audience_of(client.id).refs if client else ()
    return request_access(uow, wish, app=client.ref if client else None, openers=openers).target_label


def _chosen(askables: Askables, form: AskForm) -> list[Askable]:
    """What the address, the refusal or the form that was sent is about; nothing yet where a list is wanted."""
    reference = form.reference.data or ""
    helpful = askables.that_would_have_helped(reference) if reference else []
    given = form.thing.data or request.args.get("thing", "")
    if given and given not in {str(thing.target) for thing in helpful}:
        one = askables.one(wanted(given))
        if one is None and request.method != "POST":
            raise NotFound("You can't ask for this: you have it already, or it is not open to requests.")
        return [one] if one else []
    if text := request.args.get("client", ""):
        app = askables.app(text[:SEARCH_LENGTH])
        return [app] if app else []
    return helpful


def _list(askables: Askables) -> Response:
    """Everything there is to ask for, or what matches a search."""
    text = request.args.get("q", "").replace("\x00", "").strip()[:SEARCH_LENGTH]
    return respond(
        "web/access_requests/choose.html",
        "results",
        nav="requests",
        text=text,
        sections=[
            ("Apps", "layout-grid", askables.apps(text)),
            ("Roles", "badge-check", askables.roles(text)),
            ("Groups", "users-round", askables.groups(text)),
        ],
        came_refused=bool(request.args.get("reference") or request.args.get("client")),
    )


def _id(name: str) -> UUID | None:
    """The place in the list that the address names.

    Raises:
        NotFound: there is something, but no id.
    """
    text = request.args.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("A part of this address can't be read, so it leads nowhere.") from None
