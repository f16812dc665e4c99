"""What a person may do here, by which roles and groups, until when; and why something was refused to them."""

from typing import Final

from flask import Blueprint, Response, jsonify, make_response, request
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField

from portal.access.repository import Groups, Roles
from portal.access.rules import ACTIONS, decisions
from portal.access.rules.conditions import condition_schema
from portal.access.rules.decisions import Decision, redacted
from portal.access.schemas.explain import ResourceQuestion
from portal.access.services.decisions import decide
from portal.access.services.refusals import refusal
from portal.http.context import current_portal, reading
from portal.http.forms import SchemaForm
from portal.http.guards import signed_in
from portal.http.pages import respond
from portal.http.refusals import ask_for_access
from portal.web.account import myself

access = Blueprint("access", __name__)

SCHEMA: Final = "/access/conditions.schema.json"


class MyQuestion(SchemaForm[ResourceQuestion]):
    """May I?"""

    schema = ResourceQuestion

    class Meta(SchemaForm.Meta):
        """Read from the address; what changes nothing needs no token."""

        csrf = False

        def wrap_formdata(
            self, _form: SchemaForm[ResourceQuestion], _given: object
        ) -> MultiDict[str, str] | None:
            return request.args if "resource" in request.args else None

    verb = SelectField("Action", choices=list(ACTIONS), validate_choice=False)
    resource = StringField("Resource")


@access.get("/account/access")
@signed_in
def overview() -> Response:
    """Every way in which this person holds a role, and the groups they are in."""
    me, at = myself().user_id, current_portal().ports.clock.now()
    with reading() as session:
        roles = Roles(session).held_by(me, at=at)
        groups = Groups(session).of_user(me, at=at)
        described = {role.id: role.description for role in Roles(session).of_user(me, at=at)}
    return respond(
        "web/access/overview.html",
        nav="access",
        roles=roles,
        groups=groups,
        described=described,
        question=MyQuestion(),
    )


@access.get("/account/access/explain")
@signed_in
def explain() -> Response:
    """Why: of a refusal that has a reference, as it was then; of anything else, as it is now. Both redacted."""
    me, reference = myself(), request.args.get("reference", "")
    form = MyQuestion()
    asked: tuple[str, str] | None = None
    then: Decision | None = None
    with reading() as session:
        if reference:
            then = refusal(session, reference, of=me.user_id).decision
            asked = then.asked.action, then.asked.resource
        elif "resource" in request.args and (wish := form.check()) is not None:
            asked = wish.verb, wish.resource
        today = decide(session, me.user_id, *asked, context=me.access.context) if asked else None
    return respond(
        "web/access/explain.html",
        status=form.status,
        nav="access",
        question=form,
        reference=reference,
        ask=ask_for_access(reference) if asked else None,
        say=decisions,
        then=redacted(then) if then else None,
        today=redacted(today) if today else None,
    )


@access.get(SCHEMA)
def schema() -> Response:
    """The JSON Schema (2020-12) of conditions, for editors and for programs that write them."""
    response = make_response(jsonify(condition_schema(current_portal().settings.base_url + SCHEMA)))
    response.content_type = "application/schema+json"
    return response
