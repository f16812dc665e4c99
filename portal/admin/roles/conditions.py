"""The condition of one permission: as rows of a form, as JSON beside it, and seen through before it is saved."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Response, flash, request
from sqlalchemy.orm import Session

from portal.access.errors import NotHeld
from portal.access.repository import Permissions, Permitted, Role
from portal.access.rules.conditions import ATTRIBUTES, WEEKDAYS, Attribute, Kind, in_words, operator_in_words
from portal.access.services.facts import permission_facts, version_of
from portal.access.usecases.permissions import set_permissions
from portal.admin.console import may
from portal.admin.previews import in_two_steps
from portal.admin.roles.blueprint import role_of, role_page, roles, to_role
from portal.admin.roles.drafts import Draft, drafted, saved, stepped, without_rows
from portal.admin.roles.matrix import permissions_question
from portal.admin.roles.rows import MATCHES
from portal.admin.roles.wishes import wish_with
from portal.http.context import reading
from portal.http.guards import requires
from portal.infra.errors import DomainError

ROOTS: Final = {"subject": "The person", "resource": "The resource", "context": "The moment"}
FREE: Final = {
    "subject": Attribute(name="subject.", kind=Kind.ANY, label="what you noted of the person…"),
    "resource": Attribute(name="resource.", kind=Kind.ANY, label="an attribute of the resource…"),
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """The permission that the page is about."""

    role: Role
    permitted: Permitted
    all_of_it: tuple[Permitted, ...]

    @property
    def version(self) -> str:
        return version_of(permission_facts(self.all_of_it))


@roles.get("/admin/roles/<uuid:role_id>/permissions/<uuid:permission_id>/condition")
@requires("read", "role")
def condition(role_id: UUID, permission_id: UUID) -> Response:
    """As it is saved."""
    with reading() as session:
        found = _found(session, role_id, permission_id)
    return _show(found, saved(found.permitted.conditions))


@roles.post("/admin/roles/<uuid:role_id>/permissions/<uuid:permission_id>/condition")
@requires("update", "role")
def set_condition(role_id: UUID, permission_id: UUID) -> Response:
    """Either a step in the form, or the change, once it has been seen through."""
    sent = request.form
    with reading() as session:
        found = _found(session, role_id, permission_id)
    draft, document = drafted(sent)
    if "remove" in sent:
        draft, document = saved(found.permitted.conditions), None
    elif "do" in sent:
        return _show(found, stepped(draft, sent))
    elif document is None:
        return _show(found, draft if draft.problems else without_rows(draft), status=422)
    place = (found.permitted.resource_id, found.permitted.action)
    wish = wish_with(found.all_of_it, place, document)

    def done() -> Response:
        flash("Saved the condition" if document else "It is permitted always now")
        return to_role(role_id, "permissions")

    return in_two_steps(
        permissions_question(found.role, "Condition"),
        lambda uow, version: set_permissions(uow, role_id, wish, if_unchanged=version),
        version=found.version,
        again=lambda problem: _show(found, draft, problem=problem, status=422 if problem else 200),
        done=done,
    )


def _found(session: Session, role_id: UUID, permission_id: UUID) -> Found:
    role = role_of(session, role_id)
    row = next((row for row in Permissions(session).rows_of(role_id) if row.id == permission_id), None)
    permitted = tuple(Permissions(session).of_role(role_id))
    one = next(
        (one for one in permitted if row and (one.resource_id, one.action) == (row.resource_id, row.action)),
        None,
    )
    if one is None:
        raise NotHeld("The role does not permit this (any more).")
    return Found(role=role, permitted=one, all_of_it=permitted)


def _show(found: Found, draft: Draft, *, problem: DomainError | None = None, status: int = 200) -> Response:
    place_of = (
        draft.rules.written().row_at if draft.rules and draft.rules.rows and not draft.is_json else None
    )
    row_errors: dict[int, list[str]] = {}
    errors: list[dict[str, str]] = []
    for one in draft.problems:
        row = place_of(one.pointer) if place_of else None
        if row is not None:
            row_errors.setdefault(row, []).append(one.message)
        errors.append({"message": one.message, "pointer": one.pointer, "leads_to": _anchor(row, draft)})
    conditions = found.permitted.conditions
    return role_page(
        "condition",
        found.role,
        tab="permissions",
        status=status,
        permitted=found.permitted,
        told=in_words(conditions) if conditions else "",
        is_conditional=conditions is not None and may("update", "role"),
        may_change=may("update", "role"),
        rules=draft.rules,
        text=draft.text,
        errors=errors,
        row_errors=row_errors,
        json_errors=draft.problems if draft.is_json else (),
        problem=problem.message if problem else "",
        fresh=draft.fresh,
        attributes=_attributes(),
        matches=MATCHES,
        weekdays=[(day, day.capitalize()) for day in WEEKDAYS],
        operator_words=operator_in_words,
    )


def _anchor(row: int | None, draft: Draft) -> str:
    if draft.is_json:
        return "document"
    if row is None:
        return "group-0"
    return f"attribute-{row}" if row >= 0 else f"group-{-1 - row}"


def _attributes() -> list[tuple[str, list[Attribute]]]:
    """What a row can be about, by what it is known of."""
    return [
        (
            label,
            [one for name, one in ATTRIBUTES.items() if name.startswith(f"{root}.")]
            + ([FREE[root]] if root in FREE else []),
        )
        for root, label in ROOTS.items()
    ]
