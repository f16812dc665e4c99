"""The permission matrix: what a role permits, resources down and actions across; seen through before it is saved."""

from typing import Final
from uuid import UUID

from flask import Response, flash, request

from portal.access.repository import Permissions, Resources, Role
from portal.access.rules import ACTIONS
from portal.access.services.facts import permission_facts, version_of
from portal.access.usecases.permissions import set_permissions
from portal.admin.console import Filters, cursor, may, words
from portal.admin.previews import Question, in_two_steps
from portal.admin.roles.blueprint import crumbs_of, role_of, role_page, roles, to_role
from portal.admin.roles.wishes import Place, lines_of, rows_of, ticks_of, wish_of
from portal.admin.rooms import about
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.tidying import tidy_address
from portal.infra.errors import DomainError

PAGE: Final = 40
"""Resources on one page: what is not shown on it, its form does not change."""


@roles.get("/admin/roles/<uuid:role_id>/permissions")
@tidy_address
@requires("read", "role")
def permissions(role_id: UUID) -> Response:
    """As it is saved."""
    return _matrix(role_id)


@roles.post("/admin/roles/<uuid:role_id>/permissions")
@requires("update", "role")
def set_matrix(role_id: UUID) -> Response:
    """First what the ticks would do to people, then the change itself."""
    ticks = ticks_of(request.form)
    with reading() as session:
        role = role_of(session, role_id)
        permitted = Permissions(session).of_role(role_id)
    wish = wish_of(permitted, shown=rows_of(request.form), ticks=ticks)

    def done() -> Response:
        flash("Saved what it permits")
        return to_role(role_id, "permissions")

    return in_two_steps(
        permissions_question(role),
        lambda uow, version: set_permissions(uow, role_id, wish, if_unchanged=version),
        version=version_of(permission_facts(permitted)),
        again=lambda problem: _matrix(role_id, ticks, problem),
        done=done,
    )


def permissions_question(role: Role, what: str = "Permissions") -> Question:
    """What is asked before a role permits more or less."""
    return Question(
        nav="roles",
        crumbs=crumbs_of(role, what),
        title=f"Change what “{role.name}” permits?",
        text="It takes effect with the next click of its holders.",
        save_label="Save",
    )


def _matrix(
    role_id: UUID, ticks: frozenset[Place] | None = None, problem: DomainError | None = None
) -> Response:
    text, kind = words("q"), words("type")
    filters = Filters("admin_roles.permissions", role_id=role_id, q=text, type=kind)
    with reading() as session:
        role = role_of(session, role_id)
        permitted = Permissions(session).of_role(role_id)
        ids = {(row.resource_id, row.action): row.id for row in Permissions(session).rows_of(role_id)}
        found = Resources(session).page(search=text, type_=kind or None, size=PAGE, **cursor())
        types = Resources(session).types()
    return role_page(
        "permissions",
        role,
        tab="permissions",
        status=422 if problem else 200,
        problem=problem.message if problem else "",
        about=about,
        rows=lines_of(found.items, permitted, ids, ticks=ticks),
        actions=ACTIONS,
        may_change=may("update", "role"),
        version=version_of(permission_facts(permitted)),
        types=[(one, "Part of the portal" if one == "portal" else one) for one in types],
        type=kind,
        text=text,
        filters=filters,
        turns=filters.turns(found),
    )
