"""Who holds a role by name or by a group, and giving it to one more."""

from uuid import UUID

from flask import Response, flash

from portal.access.repository import Groups, Roles
from portal.access.repository.counting import Headcounts, in_words
from portal.access.schemas import GiveRole
from portal.access.services.facts import ensure_unchanged, version_of
from portal.access.usecases.assignments import give_role
from portal.accounts.repository import Users
from portal.admin.assignments.blueprint import facts_of
from portal.admin.console import Filters, cursor, may, now, words
from portal.admin.days import ZONE_HINT
from portal.admin.mistakes import MISTAKES
from portal.admin.previews import Question, in_two_steps
from portal.admin.roles.blueprint import crumbs_of, role_of, role_page, roles, to_role
from portal.admin.somebody import SomebodyForm, find
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.tidying import tidy_address
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork


@roles.get("/admin/roles/<uuid:role_id>/members")
@tidy_address
@requires("read", "role")
def members(role_id: UUID) -> Response:
    """To whom it was given, by whom, why and until when; and the groups that give it to theirs."""
    return _members(role_id, SomebodyForm() if may("update", "role") else None)


@roles.post("/admin/roles/<uuid:role_id>/members")
@requires("update", "role")
def give(role_id: UUID) -> Response:
    """To one more person, by username or address, once it is seen what they gain by it."""
    form = SomebodyForm()
    wish = form.parse()
    if wish is None:
        return _members(role_id, form)

    def again(problem: DomainError | None) -> Response:
        if problem is not None:
            form.reject(problem)
        return _members(role_id, form)

    try:
        with reading() as session:
            role, person = role_of(session, role_id), find(session, wish.who)
            version = version_of(facts_of(session, person.id, role_id))
    except MISTAKES as problem:
        return again(problem)

    def save(uow: UnitOfWork, seen: str | None) -> None:
        ensure_unchanged("assignment", facts_of(uow.session, person.id, role_id), seen)
        give_role(uow, person.id, GiveRole(role_id=role_id, expires_at=wish.expires_at, reason=wish.reason))

    def done() -> Response:
        flash(f"{person.display_name} holds the role")
        return to_role(role_id, "members")

    question = Question(
        nav="roles",
        crumbs=crumbs_of(role, "Members"),
        title=f"Give the role “{role.name}” to {person.display_name}?",
        text="It takes effect with their next click.",
        save_label="Give role",
    )
    return in_two_steps(question, save, version=version, again=again, done=done)


def _members(role_id: UUID, form: SomebodyForm | None) -> Response:
    at, text = now(), words("q")
    filters = Filters("admin_roles.members", role_id=role_id, q=text)
    with reading() as session:
        role = role_of(session, role_id)
        found = Roles(session).assignments_page(role_id, search=text, **cursor())
        givers = Users(session).with_ids(
            {item.row.assigned_by for item in found.items if item.row.assigned_by}
        )
        groups = Groups(session).with_role(role_id)
        inside = Headcounts(session).of_groups([group.id for _, group in groups], at=at)
    return role_page(
        "members",
        role,
        tab="members",
        status=form.status if form else 200,
        form=form,
        zone_hint=ZONE_HINT,
        members=found.items,
        givers={user.id: user.display_name for user in givers},
        groups=groups,
        inside=inside,
        in_words=in_words,
        at=at,
        text=text,
        filters=filters,
        turns=filters.turns(found),
    )
