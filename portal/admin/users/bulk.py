"""One act for many people: a page that names what will happen and to whom, and then a job that does it.

Whom it is about are those who were ticked, or everybody who matches the filters in the address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, abort, flash, request, url_for
from sqlalchemy.orm import Session

from portal.access.errors import GroupNotFound, RoleNotFound
from portal.access.repository import Groups, Roles
from portal.access.schemas.bulk import Selection
from portal.access.services.bulk import filter_of
from portal.access.usecases.bulk import SelectionChanged, start_bulk
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.console import may, now, page
from portal.admin.days import ZONE_HINT
from portal.admin.users.acts import Act, allowed_acts
from portal.admin.users.blueprint import users
from portal.admin.users.wishes import MOST_OFFERED, wish_of_address
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import Invalid

MOST: Final = 200
"""People who can be ticked one by one; it is what the largest page of the list shows."""
NAMED: Final = 20
"""So many are named before anything happens; the number is exact."""
LARGEST_COUNT: Final = 9


@dataclass(frozen=True)
class Chosen:
    """Whom it is about: how many, the first of them, and their ids unless it is everybody who matches."""

    count: int
    named: Sequence[User]
    ids: Sequence[UUID] = ()
    matching: bool = False

    @property
    def people(self) -> str:
        return self.named[0].display_name if self.count == 1 else f"{self.count:,} people"


@users.post("/admin/users/bulk")
@requires("update", "user")
def bulk() -> Response:
    """Without a confirmation it only asks; nothing is done by the form of the list itself."""
    act = allowed_acts().get(request.form.get("act", ""))
    if act is None:
        abort(400)
    with reading() as session:
        chosen = _chosen(session)
        form = _form(act, session)
    if not chosen.count:
        flash("Nobody was selected")
        return see_other(url_for("admin_users.listing"))
    if "confirmed" not in request.form:
        return _ask(act, form, chosen, is_fresh=True)
    asked = form.parse()
    if asked is not None:
        try:
            with unit_of_work() as uow:
                job = start_bulk(uow, act.of(asked, _selection(chosen)))
            return see_other(url_for("admin_bulk.detail", job_id=job.id))
        except (Invalid, SelectionChanged) as problem:
            form.reject(problem)
        except RoleNotFound as gone:
            form.reject(Invalid(gone.message, field="role_id"))
        except GroupNotFound as gone:
            form.reject(Invalid(gone.message, field="group_id"))
    return _ask(act, form, chosen)


def _chosen(session: Session) -> Chosen:
    if request.form.get("everybody") == "yes" and may("read", "user"):
        wanted = filter_of(wish_of_address("admin_users.bulk").people(), at=now())
        found = Users(session)
        return Chosen(found.count(wanted), found.page(wanted, size=NAMED).items, matching=True)
    people = Users(session).with_ids(_ids())
    return Chosen(len(people), people[:NAMED], [person.id for person in people])


def _ids() -> list[UUID]:
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


def _selection(chosen: Chosen) -> Selection:
    """Of everybody who matches, as many as the page said that was confirmed."""
    if not chosen.matching:
        return Selection(user_ids=tuple(chosen.ids))
    said = request.form.get("expected", "")
    if not (said.isascii() and said.isdigit() and len(said) <= LARGEST_COUNT):
        abort(400)
    return Selection(matching=wish_of_address("admin_users.bulk").people(), expected=int(said))


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


def _ask(act: Act, form: SchemaForm[Any], chosen: Chosen, *, is_fresh: bool = False) -> Response:
    wish = wish_of_address("admin_users.bulk")
    return page(
        "admin/users/bulk.html",
        status=200 if is_fresh else form.status,
        act=act,
        key=request.form["act"],
        form=form,
        question=act.question.format(people=chosen.people),
        chosen=chosen,
        address=wish.filters.to() if chosen.matching else url_for("admin_users.bulk"),
        back=wish.filters.at("admin_users.listing"),
        zone_hint=ZONE_HINT,
    )
