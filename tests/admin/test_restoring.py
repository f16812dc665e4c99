"""An earlier state comes back: as a new change, with a reason, and never over what nobody has seen."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from portal.access.repository import Groups, Permissions, Resources, Roles
from portal.access.schemas import (
    AddMember,
    CreateGroup,
    CreateResource,
    CreateRole,
    EditGroup,
    EditResource,
    EditRole,
    GiveGroupRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.groups import create_group, delete_group, edit_group
from portal.access.usecases.memberships import add_member, give_group_role, remove_member, take_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import create_resource, delete_resource, edit_resource
from portal.access.usecases.roles import create_role, delete_role, edit_role
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.audit.repository import AuditEntries, AuditFilter
from portal.clients.repository import Clients
from portal.clients.schemas import ClientAccess, EditClient, RegisterClient
from portal.clients.usecases import (
    delete_client,
    disable_client,
    edit_client,
    register_client,
    set_client_access,
)
from portal.infra.actor import CLI
from tests.admin.conftest import Operator, is_active, shown
from tests.admin.pasts import act, history, pause, rename, restore

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.portals import MovableClock


@pytest.fixture
def path(devon: Operator) -> str:
    return history("user", devon.person.id)


def test_a_profile_comes_back_with_a_reason(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    at = pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    act(maya.portal, disable_user, devon.person.id, DisableUser(reason="Left the company"))
    preview = shown(maya.page(f"{path}/restore?at={at}"))
    assert "Devon Renamed Devon Reyes" in preview
    assert "Active no yes" in preview
    assert "Passwords, sessions and what apps were allowed are in no entry" in preview
    answer = restore(maya, path, at=at, reason="He is back")
    assert answer.status_code == 303
    assert answer.location.endswith(path)
    with maya.portal.reading() as session:
        user = Users(session).get(devon.person.id)
        assert user is not None
        assert (user.name, user.is_active) == ("Devon Reyes", True)
        made = AuditEntries(session).page(AuditFilter(subject_id=user.id)).items[:3]
        assert {entry.action for entry in made} == {"history.restored", "user.profile_edited", "user.enabled"}
        restored = next(entry for entry in made if entry.action == "history.restored")
        assert (restored.reason, restored.actor_label) == ("He is back", "maya")
        assert datetime.fromisoformat(str(restored.details["as_of"])) == datetime.fromisoformat(at)
    # the state in between is still there to look at
    assert "Devon Renamed" in shown(maya.page(path))


def test_a_restore_needs_a_reason_and_loses_nothing(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    at = pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    answer = restore(maya, path, at=at, reason="  ")
    assert answer.status_code == 422
    assert "Enter a reason" in shown(answer.text)
    assert "Devon Renamed Devon Reyes" in shown(answer.text)


def test_nobody_restores_over_what_they_have_not_seen(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    at = pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    address = f"{path}/restore?at={at}"
    seen = re.search(r'name="seen"[^>]* value="([^"]*)"', maya.page(address))
    assert seen is not None
    rename(maya.portal, devon.person, "Devon Once More")
    answer = maya.send(address, {"reason": "Back", "seen": seen[1]})
    assert answer.status_code == 422
    assert "Somebody changed this record after you had opened it" in shown(answer.text)
    assert "Devon Once More Devon Reyes" in shown(answer.text)
    assert restore(maya, path, at=at).status_code == 303


def test_the_last_administrator_is_not_restored_away(maya: Operator, clock: MovableClock) -> None:
    act(maya.portal, disable_user_quietly, maya.person.id)
    at = pause(clock)
    with maya.portal.unit_of_work(CLI) as uow:
        uow.session.execute(
            update(User).where(User.id == maya.person.id).values(is_active=True, disabled_reason=None)
        )
    answer = restore(maya, history("user", maya.person.id), at=at)
    assert answer.status_code == 422
    assert is_active(maya.portal, maya.person.id)


def disable_user_quietly(uow: Any, user_id: UUID) -> None:  # noqa: ANN401
    """An entry that says the person is disabled, and nothing else."""
    from portal.accounts.events import UserDisabled  # noqa: PLC0415

    user = Users(uow.session).get(user_id)
    assert user is not None
    uow.publish(UserDisabled(touched=(user.ref,), before={"is_active": True}, after={"is_active": False}))


def test_what_a_role_permitted_comes_back(maya: Operator, clock: MovableClock) -> None:
    wiki = act(maya.portal, create_resource, CreateResource(name="wiki", type="wiki"))
    forum = act(maya.portal, create_resource, CreateResource(name="forum", type="forum"))
    role = act(maya.portal, create_role, CreateRole(name="editor", description="Edits"))
    both = [PermissionWish(resource_id=one.id, action="update") for one in (wiki, forum)]
    act(maya.portal, set_permissions, role.id, SetPermissions(permissions=tuple(both)))
    at = pause(clock)
    act(maya.portal, edit_role, role.id, EditRole(name="author", description="Writes"))
    act(maya.portal, set_permissions, role.id, SetPermissions())
    act(maya.portal, delete_resource, forum.id)
    preview = shown(maya.page(f"{history('role', role.id)}/restore?at={at}"))
    assert "author editor" in preview
    assert "“forum:update” can't be permitted again" in preview
    assert restore(maya, history("role", role.id), at=at).status_code == 303
    with maya.portal.reading() as session:
        back = Roles(session).get(role.id)
        assert back is not None
        assert (back.name, back.description) == ("editor", "Edits")
        assert [one.key for one in Permissions(session).of_role(role.id)] == ["wiki:update"]


def test_a_deleted_role_comes_back_as_a_new_one(maya: Operator, clock: MovableClock) -> None:
    wiki = act(maya.portal, create_resource, CreateResource(name="wiki", type="wiki"))
    role = act(maya.portal, create_role, CreateRole(name="editor"))
    wish = SetPermissions(permissions=(PermissionWish(resource_id=wiki.id, action="read"),))
    act(maya.portal, set_permissions, role.id, wish)
    at = pause(clock)
    act(maya.portal, delete_role, role.id)
    answer = restore(maya, history("role", role.id), at=at)
    assert answer.status_code == 303
    with maya.portal.reading() as session:
        back = Roles(session).by_name("editor")
        assert back is not None
        assert back.id != role.id
        assert answer.location.endswith(f"/admin/roles/{back.id}")
        assert [one.key for one in Permissions(session).of_role(back.id)] == ["wiki:read"]


def test_a_group_comes_back_with_its_people(
    maya: Operator, devon: Operator, audrey: Operator, clock: MovableClock
) -> None:
    group = act(maya.portal, create_group, CreateGroup(name="Harbour", description="By the sea"))
    role = act(maya.portal, create_role, CreateRole(name="pilot"))
    act(maya.portal, add_member, group.id, AddMember(user_id=devon.person.id))
    act(maya.portal, give_group_role, group.id, GiveGroupRole(role_id=role.id))
    at = pause(clock)
    act(maya.portal, edit_group, group.id, EditGroup(name="Port"))
    act(maya.portal, remove_member, group.id, devon.person.id)
    act(maya.portal, add_member, group.id, AddMember(user_id=audrey.person.id))
    act(maya.portal, take_group_role, group.id, role.id)
    preview = maya.page(f"{history('group', group.id)}/restore?at={at}")
    assert '<del class="is-danger">audrey</del>' in preview
    assert '<ins class="is-success">devon</ins>' in preview
    assert restore(maya, history("group", group.id), at=at).status_code == 303
    with maya.portal.reading() as session:
        groups = Groups(session)
        back = groups.get(group.id)
        assert back is not None
        assert (back.name, back.description) == ("Harbour", "By the sea")
        assert [one.user.username for one in groups.members_page(group.id).items] == ["devon"]
        assert [role.name for _, role in groups.roles_of(group.id)] == ["pilot"]
    assert "Nothing would change" in maya.page(f"{history('group', group.id)}/restore?at={at}")
    clock.advance(minutes=1)
    act(maya.portal, delete_group, group.id)
    assert restore(maya, history("group", group.id), at=at).status_code == 303
    with maya.portal.reading() as session:
        again = Groups(session).by_name("Harbour")
        assert again is not None
        assert [one.user.username for one in Groups(session).members_page(again.id).items] == ["devon"]


def test_a_resource_comes_back(maya: Operator, clock: MovableClock) -> None:
    wish = CreateResource.model_validate({"name": "wiki", "type": "wiki", "metadata": {"region": "north"}})
    wiki = act(maya.portal, create_resource, wish)
    at = pause(clock)
    act(maya.portal, edit_resource, wiki.id, EditResource(name="pages", type="wiki"))
    assert restore(maya, history("resource", wiki.id), at=at).status_code == 303
    with maya.portal.reading() as session:
        back = Resources(session).get(wiki.id)
        assert back is not None
        assert (back.name, back.describe()["metadata"]) == ("wiki", {"region": "north"})


def test_settings_of_an_app_come_back_and_a_deleted_one_does_not(maya: Operator, clock: MovableClock) -> None:
    role = act(maya.portal, create_role, CreateRole(name="pilot"))
    wish = RegisterClient(
        client_name="Kestrel CI", kind="web", redirect_uris=["https://a.example/cb"], role_ids=[role.id]
    )
    app = act(maya.portal, register_client, wish).client
    at = pause(clock)
    changed = EditClient(client_name="Kestrel", redirect_uris=["https://b.example/cb"], require_consent=False)
    act(maya.portal, edit_client, app.id, changed)
    act(maya.portal, set_client_access, app.id, ClientAccess(audience="everyone"))
    act(maya.portal, disable_client, app.id)
    assert "Roles pilot" in shown(maya.page(f"{history('client', app.id)}?at={at}"))
    assert restore(maya, history("client", app.id), at=at).status_code == 303
    with maya.portal.reading() as session:
        back = Clients(session).get(app.id)
        assert (back.client_name, back.redirect_uris, back.is_active) == (
            "Kestrel CI",
            ["https://a.example/cb"],
            True,
        )
        assert (back.everyone_may_use, back.require_consent) == (False, True)
        assert [ref.label for ref in Clients(session).audience_of(app.id).roles] == ["pilot"]
    clock.advance(minutes=1)
    act(maya.portal, delete_client, app.id)
    page = shown(maya.page(f"{history('client', app.id)}/restore?at={at}"))
    assert "This can't be brought back" in page
    assert "Restore this state" not in page
