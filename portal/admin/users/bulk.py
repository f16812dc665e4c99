"""One act for many people: a page that names what will happen and to whom, and one that tells how it went for each.

Every person has a transaction of their own, so that a refusal for one of them holds up nobody else.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, abort, flash, request, url_for
from sqlalchemy.orm import Session

from portal.access.repository import Groups, Roles
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin import stash
from portal.admin.console import page
from portal.admin.days import ZONE_HINT
from portal.admin.users.acts import Act, allowed_acts
from portal.admin.users.blueprint import users
from portal.admin.users.wishes import MOST_OFFERED
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import DomainError

MOST: Final = 200
NAMED: Final = 20
"""So many are named before anything happens; the number is exact."""
KIND: Final = "users_bulk"


@dataclass(frozen=True)
class Told:
    """How it went for one person."""

    user_id: str
    name: str
    email: str
    words: str
    is_done: bool


@users.post("/admin/users/bulk")
@requires("update", "user")
def bulk() -> Response:
    """Without a confirmation it only asks; nothing is done by the form of the list itself."""
    act = allowed_acts().get(request.form.get("act", ""))
    if act is None:
        abort(400)
    with reading() as session:
        chosen = Users(session).with_ids(_chosen())
        form = _form(act, session)
    if not chosen:
        flash("Nobody was selected")
        return see_other(url_for("admin_users.listing"))
    if "confirmed" not in request.form:
        return _ask(act, form, chosen, is_fresh=True)
    wish = form.parse()
    if wish is None:
        return _ask(act, form, chosen)
    told = [_do(act, wish, user) for user in chosen]
    with unit_of_work() as uow:
        kept = {"label": act.label, "told": [asdict(one) for one in told]}
        stash_id = stash.keep(uow, KIND, kept, leads_to="/admin/users/bulk")
    return see_other(url_for("admin_users.bulk_done", stash_id=stash_id))


@users.get("/admin/users/bulk/<uuid:stash_id>")
@requires("read", "user")
def bulk_done(stash_id: UUID) -> Response:
    """How it went, a line for each; a reload does nothing again."""
    with reading() as session:
        kept = stash.look(session, KIND, stash_id)
    told = [Told(**one) for one in kept["told"]]
    return page(
        "admin/users/bulk_done.html",
        label=kept["label"],
        done=[one for one in told if one.is_done],
        refused=[one for one in told if not one.is_done],
    )


def _chosen() -> list[UUID]:
    """Each once; what is no id was chosen by nobody."""
    ids: dict[UUID, None] = {}
    for text in request.form.getlist("user"):
        try:
            ids[UUID(text)] = None
        except ValueError:
            abort(400)
    if len(ids) > MOST:
        abort(400, f"Choose at most {MOST} people at once.")
    return list(ids)


def _form(act: Act, session: Session) -> SchemaForm[Any]:
    """With the roles or groups to choose from."""
    form = act.form()
    if "role_id" in form:
        form.role_id.choices = [
            ("", "Choose a role"),
            *((str(role.id), role.name) for role in Roles(session).all()),
        ]
    if "group_id" in form:
        groups = Groups(session).page(size=MOST_OFFERED).items
        form.group_id.choices = [("", "Choose a group"), *((str(group.id), group.name) for group in groups)]
    return form


def _ask(act: Act, form: SchemaForm[Any], chosen: Sequence[User], *, is_fresh: bool = False) -> Response:
    key = request.form["act"]
    people = chosen[0].display_name if len(chosen) == 1 else f"{len(chosen)} people"
    return page(
        "admin/users/bulk.html",
        status=200 if is_fresh else form.status,
        act=act,
        key=key,
        form=form,
        question=act.question.format(people=people),
        chosen=chosen,
        named=chosen[:NAMED],
        zone_hint=ZONE_HINT,
    )


def _do(act: Act, wish: Any, user: User) -> Told:  # noqa: ANN401 - each act has a schema of its own
    """A mistake for one person is told of that person."""
    try:
        with unit_of_work() as uow:
            words, is_done = act.do(uow, user.id, wish) or act.done, True
    except DomainError as problem:
        words, is_done = problem.message, False
    return Told(str(user.id), user.display_name, user.email, words, is_done)
