"""Who is in a group, for operators and for who looks after it: add, change the end, remove."""

from uuid import UUID

from flask import Response, flash
from sqlalchemy.orm import Session

from portal.access.errors import NotHeld
from portal.access.repository import Groups
from portal.access.schemas import AddMember, ChangeTerm
from portal.access.services.facts import ensure_unchanged, iso, version_of
from portal.access.usecases.memberships import add_member, change_member, remove_member
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.console import Filters, cursor, may, now, words
from portal.admin.days import ZONE_HINT
from portal.admin.groups.blueprint import (
    crumbs_of,
    group_of,
    group_page,
    groups,
    may_fill,
    requires_group_manager,
    to_group,
)
from portal.admin.mistakes import MISTAKES
from portal.admin.previews import AGAINST, Change, Question, in_two_steps
from portal.admin.somebody import SomebodyForm, TermForm, find
from portal.http.context import reading, unit_of_work
from portal.http.signing_in import current_principal
from portal.http.somebody import GUESSES
from portal.http.throttles import throttle
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork


class MemberForm(TermForm[ChangeTerm]):
    """Another end for a membership."""

    schema = ChangeTerm


@groups.get("/admin/groups/<uuid:group_id>/members")
@requires_group_manager("read")
def members(group_id: UUID) -> Response:
    """The latest first."""
    return _members(group_id, SomebodyForm() if may_fill(group_id) else None)


@groups.post("/admin/groups/<uuid:group_id>/members")
@requires_group_manager("update")
def add(group_id: UUID) -> Response:
    """One more, by username or address."""
    form = SomebodyForm()
    wish = form.parse()
    if wish is not None:
        _throttle_guesses()
        try:
            with unit_of_work() as uow:
                person = find(uow.session, wish.who)
                add_member(
                    uow,
                    group_id,
                    AddMember(user_id=person.id, expires_at=wish.expires_at, reason=wish.reason),
                )
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash(f"{person.display_name} is in the group")
            return to_group(group_id, "members")
    return _members(group_id, form)


@groups.route("/admin/groups/<uuid:group_id>/members/<uuid:user_id>", methods=["GET", "POST"])
@requires_group_manager("update")
def member(group_id: UUID, user_id: UUID) -> Response:
    """Another end, or out."""
    form = MemberForm()
    wish = form.parse()
    if wish is None:
        return _member(group_id, user_id, form)

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("membership", _facts(uow.session, group_id, user_id), version)
        change_member(uow, group_id, user_id, wish)

    return _act(
        group_id, user_id, form, save,
        title="Move the end of the membership of {person} in “{group}”?", label="Save the end",
        words="Saved the membership",
    )  # fmt: skip


@groups.post("/admin/groups/<uuid:group_id>/members/<uuid:user_id>/remove")
@requires_group_manager("update")
def remove_member_from(group_id: UUID, user_id: UUID) -> Response:
    """Out of the group."""

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("membership", _facts(uow.session, group_id, user_id), version)
        remove_member(uow, group_id, user_id)

    return _act(
        group_id, user_id, MemberForm(), save,
        title="Remove {person} from “{group}”?", label="Remove from group",
        words="Removed from the group", is_danger=True,
    )  # fmt: skip


def _act(
    group_id: UUID,
    user_id: UUID,
    form: MemberForm,
    save: Change,
    *,
    title: str,
    label: str,
    words: str,
    is_danger: bool = False,
) -> Response:
    """In two steps for operators. Whoever only looks after the group acts at once: what its roles permit is not theirs
    to see.
    """

    def again(problem: DomainError | None) -> Response:
        if problem is not None:
            form.reject(problem)
        return _member(group_id, user_id, form)

    def done() -> Response:
        flash(words)
        return to_group(group_id, "members")

    if not may("update", "group"):
        try:
            with unit_of_work() as uow:
                save(uow, None)
        except AGAINST as problem:
            return again(problem)
        return done()
    with reading() as session:
        group, person = group_of(session, group_id), _person(session, group_id, user_id)
        version = version_of(_facts(session, group_id, user_id))
    question = Question(
        nav="groups",
        crumbs=crumbs_of(group, "Members"),
        title=title.format(person=person.display_name, group=group.name),
        text="It counts from their next click.",
        save_label=label,
        is_danger=is_danger,
    )
    return in_two_steps(question, save, version=version, again=again, done=done)


def _person(session: Session, group_id: UUID, user_id: UUID) -> User:
    """Somebody in the group.

    Raises:
        NotHeld
    """
    person = Users(session).get(user_id)
    if person is None or Groups(session).member(group_id, user_id) is None:
        raise NotHeld("This person is not in the group.")
    return person


def _facts(session: Session, group_id: UUID, user_id: UUID) -> dict[str, object]:
    """What a preview rests on: until when the person is in the group, and which roles that brings."""
    groups, row = Groups(session), Groups(session).member(group_id, user_id)
    return {
        "expires_at": iso(row.expires_at) if row is not None else "not in it",
        "roles": {str(role.id): iso(given.expires_at) for given, role in groups.roles_of(group_id)},
    }


def _member(group_id: UUID, user_id: UUID, form: MemberForm) -> Response:
    with reading() as session:
        group = group_of(session, group_id)
        person, row = _person(session, group_id, user_id), Groups(session).member(group_id, user_id)
    if row is not None and not form.is_submitted():
        form.expires_at.data = row.expires_at
    return group_page(
        "member", group, tab="members", status=form.status, form=form, person=person, zone_hint=ZONE_HINT
    )


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


def _throttle_guesses() -> None:
    principal = current_principal()
    if principal is not None and not may("read", "user"):
        throttle("group_members", GUESSES, subject=str(principal.user_id))
