"""Which groups there are, and one of them: the roles that it gives, who looks after it, which apps it opens."""

from typing import Final
from uuid import UUID

from flask import Response

from portal.access.repository import Groups
from portal.access.repository.counting import Headcounts, in_words
from portal.admin.console import Filters, cursor, may, now, page, words
from portal.admin.groups.blueprint import group_of, group_page, groups, requires_group_manager
from portal.admin.stewards import visitor
from portal.admin.telling import tell_by_day
from portal.audit.repository import AuditEntries, AuditFilter
from portal.clients.repository import Clients
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.tidying import tidy_address

HISTORY: Final = 10


@groups.get("/admin/groups")
@tidy_address
@requires_group_manager("read")
def listing() -> Response:
    """Every group, A to Z; for who only looks after some, those."""
    text = words("q")
    filters = Filters("admin_groups.listing", q=text)
    is_delegate = not may("read", "group")
    own = visitor().user_id if is_delegate else None
    with reading() as session:
        found = Groups(session).page(search=text, administered_by=own, **cursor())
        ids = [group.id for group in found.items]
        members = Headcounts(session).of_groups(ids, at=now())
        roles = Groups(session).role_names_of(ids, at=now())
    return page(
        "admin/groups/listing.html",
        "results",
        groups=found.items,
        members=members,
        in_words=in_words,
        roles=roles,
        is_delegate=is_delegate,
        text=text,
        filters=filters,
        turns=filters.turns(found),
    )


@groups.get("/admin/groups/<uuid:group_id>")
@requires("read", "group")
def detail(group_id: UUID) -> Response:
    """One group."""
    at = now()
    with reading() as session:
        group = group_of(session, group_id)
        roles = Groups(session).roles_of(group_id)
        administrators = Groups(session).administrators_of(group_id)
        members = Headcounts(session).of_groups([group_id], at=at)
        apps = Clients(session).opened_by_group(group_id) if may("read", "client") else []
        wanted = AuditFilter(subject_id=group_id)
        history = AuditEntries(session).page(wanted, size=HISTORY) if may("read", "audit") else None
    return group_page(
        "detail",
        group,
        tab="detail",
        roles=roles,
        administrators=administrators,
        member_count=members[group_id],
        in_words=in_words,
        apps=apps,
        at=at,
        history=tell_by_day(history.items) if history else None,
        has_more=bool(history and history.older),
    )
