"""Who is in a group, for operators and for who looks after it; and one more."""

from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from portal.access.repository import Groups
from portal.access.schemas import AddMember
from portal.access.services.facts import ensure_unchanged, version_of
from portal.access.usecases.memberships import add_member
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.console import Filters, cursor, may, now, words
from portal.admin.days import ZONE_HINT
from portal.admin.groups.blueprint import group_of, group_page, groups, may_fill, requires_group_manager
from portal.admin.groups.membership import Decision, decide, facts_of
from portal.admin.mistakes import MISTAKES
from portal.admin.somebody import Somebody, SomebodyForm, find
from portal.http.context import reading
from portal.http.signing_in import current_principal
from portal.http.somebody import GUESSES
from portal.http.throttles import throttle
from portal.http.tidying import tidy_address
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork


@groups.get("/admin/groups/<uuid:group_id>/members")
@tidy_address
@requires_group_manager("read")
def members(group_id: UUID) -> Response:
    """The latest first."""
    return _members(group_id, SomebodyForm() if may_fill(group_id) else None)


@groups.post("/admin/groups/<uuid:group_id>/members")
@requires_group_manager("update")
def add(group_id: UUID) -> Response:
    """One more, by username or address, once it is seen what that brings them."""
    form = SomebodyForm()
    wish = form.parse()
    if wish is None:
        return _members(group_id, form)

    def again(problem: DomainError | None) -> Response:
        if problem is not None:
            form.reject(problem)
        return _members(group_id, form)

    try:
        with reading() as session:
            person = _named(session, group_id, wish)
    except MISTAKES as problem:
        return again(problem)

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("membership", facts_of(uow.session, group_id, person.id), version)
        member = AddMember(user_id=person.id, expires_at=wish.expires_at, reason=wish.reason)
        add_member(uow, group_id, member)

    decision = Decision(
        title="Add {person} to “{group}”?",
        label="Add to group",
        words=f"{person.display_name} is in the group",
    )
    return decide(group_id, person, save, decision, again=again)


def _named(session: Session, group_id: UUID, wish: Somebody) -> User:
    """The person of that name. Whoever may not see all accounts has only so many guesses; to save what they have looked
    at is none, and only that knows its mark.

    Raises:
        GroupNotFound, NobodyThere, Limited
    """
    group_of(session, group_id)
    principal, person = current_principal(), Users(session).by_identifier(wish.who)
    if principal is not None and not may("read", "user"):
        seen = request.form.get("version")
        if person is None or seen != version_of(facts_of(session, group_id, person.id)):
            throttle("group_members", GUESSES, subject=str(principal.user_id))
    return find(session, wish.who)


def _members(group_id: UUID, form: SomebodyForm | None) -> Response:
    at, text = now(), words("q")
    filters = Filters("admin_groups.members", group_id=group_id, q=text)
    with reading() as session:
        group = group_of(session, group_id)
        found = Groups(session).members_page(group_id, search=text, **cursor())
        givers = Users(session).with_ids({one.row.added_by for one in found.items if one.row.added_by})
        roles = Groups(session).role_names_of([group_id], at=at).get(group_id, ())
    return group_page(
        "members",
        group,
        tab="members",
        status=form.status if form else 200,
        form=form,
        members=found.items,
        givers={user.id: user.display_name for user in givers},
        roles=roles,
        may_change=form is not None,
        zone_hint=ZONE_HINT,
        at=at,
        text=text,
        filters=filters,
        turns=filters.turns(found),
    )
