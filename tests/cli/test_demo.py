"""The demo: a month of an invented company, made by real use cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portal.access.repository import Groups, Resources, Roles
from portal.accounts.repository import Users
from portal.audit.repository import AuditEntries, AuditFilter
from portal.bootstrap import build_portal
from portal.cli.demo import ADMINISTRATOR, furnish

if TYPE_CHECKING:
    from portal.infra.settings import Settings


def test_the_demo_shows_groups_roles_and_ends(settings: Settings, tmp_path: Path) -> None:
    assert furnish(settings, password="three herons over the quiet weir")
    assert not furnish(settings, password="three herons over the quiet weir")
    portal = build_portal(settings)
    now = portal.ports.clock.now()
    with portal.reading() as session:
        groups = {group.name: group for group in Groups(session).page().items}
        assert set(groups) == {"Engineering", "Finance", "Support", "Book club"}
        members = Groups(session).members_page(groups["Engineering"].id, size=100).items
        held = {member.user.username: Roles(session).held_by(member.user.id, at=now) for member in members}
        assert len(members) > 10
        assert any(way.group_name and way.ends_at for ways in held.values() for way in ways)
        assert any(way.ends_at and not way.group_name for ways in held.values() for way in ways)
        assert {one.name for one in Resources(session).page(search="e").items} >= {
            "ledger",
            "deployments",
            "tickets",
        }
        ada = Users(session).by_email(ADMINISTRATOR)
        told = AuditEntries(session).page(AuditFilter(actor_id=ada.id if ada else None), size=5).items
        assert {entry.actor_label for entry in told} == {"ada"}
    portal.engine.dispose()
