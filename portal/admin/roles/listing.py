"""Which roles there are, and one of them: what it permits, whom it opens which app, who holds it."""

from typing import Final
from uuid import UUID

from flask import Response

from portal.access.repository import Groups, Permissions, Roles
from portal.access.repository.counting import Headcounts, in_words
from portal.access.rules.conditions import in_words as condition_in_words
from portal.accounts.repository import Users
from portal.admin.console import Filters, cursor, may, now, page, words
from portal.admin.roles.blueprint import role_of, role_page, roles
from portal.admin.telling import tell_by_day
from portal.audit.repository import AuditEntries, AuditFilter
from portal.clients.repository import Clients
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.tidying import tidy_address

HISTORY: Final = 10


@roles.get("/admin/roles")
@tidy_address
@requires("read", "role")
def listing() -> Response:
    """Every role, A to Z."""
    text = words("q")
    filters = Filters("admin_roles.listing", q=text)
    with reading() as session:
        found = Roles(session).page(search=text, **cursor())
        holders = Headcounts(session).of_roles([role.id for role in found.items], at=now())
        owners = Users(session).with_ids([role.owner_id for role in found.items if role.owner_id])
    return page(
        "admin/roles/listing.html",
        "results",
        roles=found.items,
        holders=holders,
        in_words=in_words,
        owners={user.id: user.display_name for user in owners},
        text=text,
        filters=filters,
        turns=filters.turns(found),
    )


@roles.get("/admin/roles/<uuid:role_id>")
@requires("read", "role")
def detail(role_id: UUID) -> Response:
    """One role."""
    at = now()
    with reading() as session:
        role = role_of(session, role_id)
        owner = Users(session).get(role.owner_id) if role.owner_id else None
        permitted = Permissions(session).of_role(role_id)
        holders = Headcounts(session).of_roles([role_id], at=at)[role_id]
        groups = Groups(session).with_role(role_id)
        apps = Clients(session).opened_by_role(role_id) if may("read", "client") else []
        wanted = AuditFilter(subject_id=role_id)
        history = AuditEntries(session).page(wanted, size=HISTORY) if may("read", "audit") else None
    return role_page(
        "detail",
        role,
        tab="detail",
        owner=owner,
        permitted=permitted,
        told=condition_in_words,
        holders=holders,
        in_words=in_words,
        groups=groups,
        apps=apps,
        at=at,
        history=tell_by_day(history.items) if history else None,
        has_more=bool(history and history.older),
    )
