"""One membership: another end, or out. All that decides who is in a group goes in two steps, the second after a look at
what it does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Response, flash
from sqlalchemy.orm import Session

from portal.access.errors import NotHeld
from portal.access.repository import Groups
from portal.access.schemas import ChangeTerm
from portal.access.services.facts import ensure_unchanged, iso, version_of
from portal.access.services.membership_radius import Membership
from portal.access.usecases.memberships import change_member, remove_member
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.console import may
from portal.admin.days import ZONE_HINT
from portal.admin.effects import Effect, effect_of, told
from portal.admin.groups.blueprint import (
    crumbs_of,
    group_of,
    group_page,
    groups,
    requires_group_manager,
    to_group,
)
from portal.admin.previews import Change, Question, in_two_steps
from portal.admin.somebody import TermForm
from portal.http.context import reading
from portal.http.effects import radius_of_membership
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork


class MemberForm(TermForm[ChangeTerm]):
    """Another end for a membership."""

    schema = ChangeTerm


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to happen to somebody's membership, in words."""

    title: str
    """With `{person}` and `{group}`."""
    label: str
    words: str
    """Said once it is done."""
    is_danger: bool = False


@groups.route("/admin/groups/<uuid:group_id>/members/<uuid:user_id>", methods=["GET", "POST"])
@requires_group_manager("update")
def member(group_id: UUID, user_id: UUID) -> Response:
    """Another end, or out."""
    form = MemberForm()
    wish = form.parse()
    if wish is None:
        return _member(group_id, user_id, form)

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("membership", facts_of(uow.session, group_id, user_id), version)
        change_member(uow, group_id, user_id, wish)

    decision = Decision(
        title="Move the end of the membership of {person} in “{group}”?",
        label="Save the end",
        words="Saved the membership",
    )
    return decide(group_id, _person(group_id, user_id), save, decision, again=_again(group_id, user_id, form))


@groups.post("/admin/groups/<uuid:group_id>/members/<uuid:user_id>/remove")
@requires_group_manager("update")
def remove_member_from(group_id: UUID, user_id: UUID) -> Response:
    """Out of the group."""

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("membership", facts_of(uow.session, group_id, user_id), version)
        remove_member(uow, group_id, user_id)

    decision = Decision(
        title="Remove {person} from “{group}”?",
        label="Remove from group",
        words="Removed from the group",
        is_danger=True,
    )
    again = _again(group_id, user_id, MemberForm())
    return decide(group_id, _person(group_id, user_id), save, decision, again=again)


def decide(
    group_id: UUID,
    person: User,
    save: Change,
    decision: Decision,
    *,
    again: Callable[[DomainError | None], Response],
) -> Response:
    """In two steps. Whoever only looks after the group sees which roles and apps come and go with it; what the roles
    permit, and what the person has besides, is not theirs to see.
    """
    with reading() as session:
        group = group_of(session, group_id)
        version = version_of(facts_of(session, group_id, person.id))
    is_delegate = not may("update", "group")

    def rehearse(change: Callable[[UnitOfWork], object]) -> Effect:
        if is_delegate:
            return told(radius_of_membership(change, Membership(group_id, person)))
        return effect_of(change)

    def done() -> Response:
        flash(decision.words)
        return to_group(group_id, "members")

    text = "It takes effect with their next click."
    question = Question(
        nav="groups",
        crumbs=crumbs_of(group, "Members"),
        title=decision.title.format(person=person.display_name, group=group.name),
        text=f"{text} What else they have, or get elsewhere, is left out." if is_delegate else text,
        save_label=decision.label,
        is_danger=decision.is_danger,
    )
    return in_two_steps(question, save, version=version, again=again, done=done, rehearse=rehearse)


def facts_of(session: Session, group_id: UUID, user_id: UUID) -> dict[str, object]:
    """What a preview rests on: until when this person is in the group, and which roles that brings."""
    groups, row = Groups(session), Groups(session).member(group_id, user_id)
    return {
        "person": str(user_id),
        "expires_at": iso(row.expires_at) if row is not None else "not in it",
        "roles": {str(role.id): iso(given.expires_at) for given, role in groups.roles_of(group_id)},
    }


def _person(group_id: UUID, user_id: UUID) -> User:
    """Somebody in the group.

    Raises:
        NotHeld
    """
    with reading() as session:
        person = Users(session).get(user_id)
        if person is None or Groups(session).member(group_id, user_id) is None:
            raise NotHeld("This person is not in the group.")
    return person


def _again(group_id: UUID, user_id: UUID, form: MemberForm) -> Callable[[DomainError | None], Response]:
    def again(problem: DomainError | None) -> Response:
        if problem is not None:
            form.reject(problem)
        return _member(group_id, user_id, form)

    return again


def _member(group_id: UUID, user_id: UUID, form: MemberForm) -> Response:
    person = _person(group_id, user_id)
    with reading() as session:
        group, row = group_of(session, group_id), Groups(session).member(group_id, user_id)
    if row is not None and not form.is_submitted():
        form.expires_at.data = row.expires_at
    return group_page(
        "member", group, tab="members", status=form.status, form=form, person=person, zone_hint=ZONE_HINT
    )
