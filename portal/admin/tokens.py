"""The token inspector: a pasted token taken apart, with all that it hangs on, and a way to end that."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, url_for
from pydantic import BaseModel, ConfigDict, Field
from wtforms import TextAreaField

from portal.admin.console import may, now, page
from portal.grants.rules.token_forms import without_tokens
from portal.grants.services.inspected import Inspected
from portal.grants.services.inspecting import Inspector
from portal.grants.usecases.inspection import end_family, note_inspection
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.user_agents import device_name

tokens = Blueprint("admin_tokens", __name__)

MOST_CHARACTERS: Final = 40_000
MOST_ACTORS: Final = 10
MOMENTS: Final = {
    "iat": "Issued",
    "nbf": "Not before",
    "auth_time": "Signed in",
    "exp": "Ends",
    "updated_at": "Profile changed",
}
BINDINGS: Final = {
    "jkt": "a DPoP key, whose thumbprint is",
    "x5t#S256": "a client certificate, whose SHA-256 is",
}
WAYS_IN: Final = {"pwd": "password"}


class Pasted(BaseModel):
    """A text that may be a token."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    token: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, repr=False)]


class TokenForm(SchemaForm[Pasted]):
    """Sent in a body, never in an address, which ends up in logs; and the page does not say it again."""

    schema = Pasted

    token = TextAreaField("Token")


@tokens.route("/admin/tokens", methods=["GET", "POST"])
@requires("read", "client")
@requires("read", "user")
def inspect() -> Response:
    """What it is, by whom, until when, and where it comes from."""
    form = TokenForm()
    wish = form.parse()
    found = _inspected(wish.token) if wish is not None else None
    form.token.data = ""
    return page(
        "admin/tokens/inspect.html",
        status=form.status,
        form=form,
        found=found,
        lineage=found.lineage if found else None,
        moments=MOMENTS,
        bindings=BINDINGS,
        ways_in=WAYS_IN,
        actors=_actors(found.claims.get("act")) if found else [],
        may_end=may("update", "client"),
        as_text=_as_text,
        device_name=device_name,
    )


@tokens.post("/admin/tokens/families/<uuid:family_id>/end")
@requires("update", "client")
def end(family_id: UUID) -> Response:
    """Every token of that sign-in is dead with the commit."""
    with unit_of_work() as uow:
        app = end_family(uow, family_id)
    flash(f"Every token of that sign-in to {app.label} is ended")
    return see_other(url_for("admin_tokens.inspect"))


def _as_text(facts: Mapping[str, Any]) -> str:
    """A token that was inside of the pasted one stays unsaid as well."""
    return json.dumps(without_tokens(facts), indent=2, ensure_ascii=False, default=str)


def _actors(act: object) -> list[str]:
    """Who acts, and who did before (RFC 8693 section 4.1), as far as a page needs."""
    found: list[str] = []
    while isinstance(act, Mapping) and len(found) < MOST_ACTORS:
        found.append(str(act.get("sub") or act.get("client_id") or "somebody"))
        act = act.get("act")
    return found


def _inspected(text: str) -> Inspected:
    portal = current_portal()
    with reading() as session:
        inspector = Inspector(session, portal.issuer, portal.clients, portal.client_keys)
        found = inspector.inspect(text, at=now())
    with unit_of_work() as uow:
        note_inspection(uow, found)
    return found
