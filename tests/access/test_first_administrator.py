"""The setup link: one link, one administrator, whatever is tried with it."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from portal.access.repository import Roles
from portal.access.rules import ADMINISTRATOR
from portal.access.schemas import AddMember, CreateGroup, GiveGroupRole
from portal.access.services import permissions_of, permits
from portal.access.usecases.assignments import take_role
from portal.access.usecases.first_administrator import (
    SetupRefused,
    check_setup_link,
    create_first_administrator,
    make_setup_link,
)
from portal.access.usecases.groups import create_group
from portal.access.usecases.memberships import add_member, give_group_role
from portal.accounts.models import User
from portal.accounts.schemas import SignUp
from portal.infra.actor import CLI

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def link_of(portal: "Portal") -> str:
    with portal.unit_of_work(CLI) as uow:
        path = make_setup_link(uow)
    assert path is not None
    return path.removeprefix("/setup/")


def set_up(portal: "Portal", token: str, *, email: str = "ada@example.org") -> User | SetupRefused:
    wish = SignUp(name="Ada Byron", email=email, password="engine loom punched cards")
    with portal.unit_of_work(CLI) as uow:
        return create_first_administrator(uow, token, wish=wish, password_hash="x")


def test_the_link_makes_an_administrator(portal: "Portal") -> None:
    user = set_up(portal, link_of(portal))
    assert isinstance(user, User)
    now = portal.ports.clock.now()
    with portal.reading() as session:
        roles = [role.name for role in Roles(session).of_user(user.id, at=now)]
        permissions = permissions_of(session, user.id, at=now)
    assert roles == ["administrator", "user"]
    assert permits(permissions, "delete", "client")


def test_a_second_use_is_told_so(portal: "Portal") -> None:
    token = link_of(portal)
    set_up(portal, token)
    assert set_up(portal, token, email="eve@example.org") == SetupRefused("used")
    with portal.unit_of_work(CLI) as uow:
        assert make_setup_link(uow) is None


def test_a_newer_link_replaces_an_older_one(portal: "Portal") -> None:
    older = link_of(portal)
    newer = link_of(portal)
    assert set_up(portal, older) == SetupRefused("unknown")
    assert isinstance(set_up(portal, newer), User)


def test_a_link_ends_after_a_day(portal: "Portal", clock: "MovableClock") -> None:
    token = link_of(portal)
    clock.advance(hours=24)
    assert set_up(portal, token) == SetupRefused("expired")


def test_a_changed_link_opens_nothing(portal: "Portal") -> None:
    token = link_of(portal)
    at = portal.ports.clock.now()
    with portal.reading() as session:
        for changed in (token[:-1], token + "0", token.swapcase(), "", "stp__", token[:-1] + "é"):
            assert check_setup_link(session, changed, at=at) == SetupRefused("unknown")


def test_fifty_visitors_with_one_link_make_one_administrator(portal: "Portal") -> None:
    token = link_of(portal)
    with ThreadPoolExecutor(50) as visitors:
        outcomes = list(visitors.map(lambda n: set_up(portal, token, email=f"v{n}@example.org"), range(50)))
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert {outcome for outcome in outcomes if not isinstance(outcome, User)} == {SetupRefused("used")}


def test_whoever_administers_by_a_group_closes_the_setup_too(portal: "Portal") -> None:
    """Else the next start would offer the whole portal to whoever reads the terminal."""
    ada = set_up(portal, link_of(portal))
    assert isinstance(ada, User)
    with portal.unit_of_work(CLI) as uow:
        administrator = Roles(uow.session).by_name(ADMINISTRATOR)
        assert administrator is not None
        group = create_group(uow, CreateGroup(name="Harbour"))
        add_member(uow, group.id, AddMember(user_id=ada.id))
        give_group_role(uow, group.id, GiveGroupRole(role_id=administrator.id))
        take_role(uow, ada.id, administrator.id)
    with portal.unit_of_work(CLI) as uow:
        assert make_setup_link(uow) is None
