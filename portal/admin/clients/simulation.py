"""A sign-in of somebody to the app, rehearsed: each step, the rule behind it, and what the app would be told."""

import json
from typing import Annotated, Final
from uuid import UUID

from flask import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from wtforms import SelectMultipleField, StringField, TextAreaField

from portal.accounts.schemas import Identifier
from portal.admin.clients.blueprint import app_page, clients
from portal.admin.somebody import find
from portal.clients.repository import Clients
from portal.grants.rules.claims import MAX_CLAIMS_PARAMETER, ClaimsMalformed, parse_claims
from portal.grants.rules.scopes import scopes_of
from portal.grants.services.asked import Question
from portal.grants.services.rehearsed import Rehearsal
from portal.grants.usecases.simulation import note_simulation, simulate
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.infra.errors import Invalid

PROMPTS: Final = {
    "login": "Sign in again",
    "consent": "Ask for consent",
    "select_account": "Choose an account",
}


def _readable_scope(text: str) -> str:
    if scopes_of(text) is None:
        raise ValueError("Give scopes with spaces between them")
    return text


def _readable_claims(text: str) -> str:
    try:
        parse_claims(text)
    except ClaimsMalformed as malformed:
        raise ValueError(f"This can't be read: {malformed}") from None
    return text


class Simulate(BaseModel):
    """Who, and how the app asks."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    who: Identifier
    scope: Annotated[str, Field(max_length=1000), AfterValidator(_readable_scope)] = ""
    prompts: list[Annotated[str, Field(pattern="^(login|consent|select_account)$")]] = []
    max_age: Annotated[int, Field(ge=0, le=999_999_999)] | None = None
    acr: Annotated[str, Field(min_length=1, max_length=40)] = "1"
    claims: Annotated[str, Field(max_length=MAX_CLAIMS_PARAMETER), AfterValidator(_readable_claims)] = ""

    def question(self, user_id: UUID) -> Question:
        """The same for the use case."""
        return Question(
            user_id=user_id,
            scopes=scopes_of(self.scope) or (),
            prompts=tuple(self.prompts),
            max_age_seconds=self.max_age,
            claims=parse_claims(self.claims or None),
            acr=self.acr,
        )


class SimulationForm(SchemaForm[Simulate]):
    """Sent as a form and never as an address: that somebody looked is remembered."""

    schema = Simulate

    who = StringField("Username or email")
    scope = StringField("Scopes")
    prompts = SelectMultipleField("What it insists on", choices=PROMPTS, validate_choice=False)
    max_age = StringField("A sign-in is too old after")
    acr = StringField("Kind of sign-in")
    claims = TextAreaField("Claims one by one")


@clients.route("/admin/apps/<uuid:client_pk>/simulation", methods=["GET", "POST"])
@requires("read", "client")
@requires("read", "user")
def simulation(client_pk: UUID) -> Response:
    """The question; below it the answer, once it is complete."""
    with reading() as session:
        client = Clients(session).get(client_pk)
    form = SimulationForm()
    wish = form.parse()
    found: Rehearsal | None = None
    if wish is not None:
        try:
            found = _rehearsed(client.client_id, wish)
        except Invalid as problem:
            form.reject(problem)
    return app_page(
        "simulation",
        client,
        tab="simulation",
        status=form.status,
        form=form,
        found=found,
        as_text=lambda claims: json.dumps(claims, indent=2, ensure_ascii=False, default=str),
    )


def _rehearsed(client_id: str, wish: Simulate) -> Rehearsal | None:
    """The app as it is now, and the person; both are looked up anew inside.

    Raises:
        NobodyThere: a slip of the pen.
    """
    portal = current_portal()
    snapshot = portal.clients.current(client_id)
    with reading() as session:
        person = find(session, wish.who)
    if snapshot is None:
        return None
    question = wish.question(person.id)
    found = simulate(unit_of_work, portal.issuer, snapshot, question)
    with unit_of_work() as uow:
        note_simulation(uow, snapshot, question, found)
    return found
