"""Why somebody may or may not: a question to the resolver, and the answers it gave to people it refused."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField

from portal.access.repository import Resources
from portal.access.rules import ACTIONS, decisions
from portal.access.rules.conditions import Context
from portal.access.rules.decisions import Decision
from portal.access.schemas.explain import Explain
from portal.access.services.decisions import decide
from portal.access.services.refusals import refusal
from portal.admin.console import may, now, page, words
from portal.admin.somebody import find
from portal.http.context import reading
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import Invalid

explain = Blueprint("admin_explain", __name__)

MOST_SUGGESTED: Final = 200
CIRCUMSTANCES: Final = ("at", "ip", "client", "amr", "acr")


class QuestionForm(SchemaForm[Explain]):
    """A form that changes nothing: its answer has an address, to be sent to somebody else."""

    schema = Explain

    class Meta(SchemaForm.Meta):
        """Read from the address; what changes nothing needs no token."""

        csrf = False

        def wrap_formdata(self, _form: SchemaForm[Explain], _given: object) -> MultiDict[str, str] | None:
            return request.args if "who" in request.args else None

    who = StringField("Username or email")
    verb = SelectField("Action", choices=list(ACTIONS), validate_choice=False)
    resource = StringField("Resource", render_kw={"list": "resources"})
    at = StringField("Moment (UTC)", render_kw={"type": "datetime-local"})
    ip = StringField("IP address")
    client = StringField("App (client ID)")
    amr = StringField("Ways of signing in")
    acr = StringField("Level of sign-in")


@explain.get("/admin/explain")
@requires("read", "permission")
def question() -> Response:
    """The question; with an answer below it as soon as it is complete."""
    form = QuestionForm()
    wish = form.check() if "who" in request.args else None
    with reading() as session:
        decision = None
        if wish is not None:
            try:
                person = find(session, wish.who)
                context = wish.context(now=now())
                decision = decide(session, person.id, wish.verb, wish.resource, context=context)
            except Invalid as problem:
                form.reject(problem)
        resources = [resource.name for resource in Resources(session).all()[:MOST_SUGGESTED]]
    return page(
        "admin/explain/question.html",
        status=form.status,
        form=form,
        decision=decision,
        resources=resources,
        has_circumstances=any(request.args.get(name) for name in CIRCUMSTANCES),
        permalink=url_for("admin_explain.question", **_asked(decision)) if decision else None,
        say=decisions,
        links=_links(),
    )


@explain.get("/admin/refusals")
@requires("read", "audit")
def find_refusal() -> Response:
    """From a reference that somebody typed to its page."""
    reference = words("reference")
    if not reference:
        return see_other(url_for("admin_explain.question"))
    return see_other(url_for("admin_explain.refused", reference=reference))


@explain.get("/admin/refusals/<reference>")
@requires("read", "audit")
def refused(reference: str) -> Response:
    """What was explained then, and what would be said of the same question now."""
    with reading() as session:
        kept = refusal(session, reference)
        today = _again(session, kept.decision)
    return page(
        "admin/explain/refusal.html",
        refusal=kept,
        decision=kept.decision,
        today=today,
        say=decisions,
        links=_links(),
    )


def _again(session: Session, decision: Decision) -> Decision | None:
    """The same question under the same circumstances, only later."""
    asked = decision.asked
    context = Context(
        now=now(), ip=asked.ip, amr=asked.amr, acr=asked.acr, auth_time=asked.auth_time, client=asked.client
    )
    return decide(session, UUID(asked.user_id), asked.action, asked.resource, context=context)


def _links() -> dict[str, Callable[[str], str]]:
    """Where steps of a path lead, for whoever may go there."""
    pages = {
        "user": ("admin_users.detail", "user_id"),
        "group": ("admin_groups.detail", "group_id"),
        "role": ("admin_roles.detail", "role_id"),
    }
    return {
        kind: partial(_address, endpoint, name)
        for kind, (endpoint, name) in pages.items()
        if endpoint in current_app.view_functions and may("read", kind)
    }


def _address(endpoint: str, name: str, row_id: str) -> str:
    values: dict[str, Any] = {name: row_id}
    return url_for(endpoint, **values)


def _asked(decision: Decision) -> dict[str, Any]:
    """The question as an address has it: with its moment, so that it gives the same answer later."""
    asked = decision.asked
    given = {
        "who": asked.user,
        "verb": asked.action,
        "resource": asked.resource,
        "at": asked.at.isoformat(timespec="seconds").removesuffix("+00:00"),
        "ip": asked.ip,
        "client": asked.client,
        "amr": " ".join(asked.amr or ()),
        "acr": asked.acr,
    }
    return {name: value for name, value in given.items() if value}
