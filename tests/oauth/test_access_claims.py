"""The claims roles, groups and permissions: what they say, where, and to whom."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.access.repository import Roles
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.grants.rules.holdings import MOST_NAMES
from tests.oauth.conftest import RegisterApp
from tests.oauth.holding import give, give_group, join, make_group, make_role, permit
from tests.oauth.steps import (
    App,
    answer_consent,
    authorize,
    payload_of,
    returned,
    sign_in_to,
    tokens_for,
    userinfo,
)
from tests.support.portals import MovableClock

EVERYTHING = "openid offline_access roles groups permissions"


@pytest.fixture
def telling_app(register_app: RegisterApp) -> App:
    """An app that is told everything in its tokens too."""
    return register_app("web", access_claims=["roles", "groups", "permissions"])


@pytest.fixture
def settled(portal: Portal, maya: User) -> User:
    """Maya is in two groups, of which one gives her a role, and that role permits something."""
    staff, builders = make_group(portal, "Staff"), make_group(portal, "builders")
    deployer = make_role(portal, "deployer")
    give_group(portal, builders, deployer)
    permit(portal, deployer, "pipeline", "update")
    permit(portal, deployer, "pipeline", "read")
    join(portal, maya, staff)
    join(portal, maya, builders)
    return maya


@pytest.mark.usefixtures("settled")
def test_userinfo_tells_what_somebody_holds_by_any_way(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    token = tokens_for(visitor, web_app, scope=EVERYTHING)["access_token"]
    claims = userinfo(program, token).get_json()
    assert claims["roles"] == ["deployer", "user"]
    assert claims["groups"] == ["Staff", "builders"]
    assert claims["permissions"] == ["pipeline:read", "pipeline:update"]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("claim", ["roles", "groups", "permissions"])
def test_a_scope_gives_its_own_claim_and_no_other(
    visitor: FlaskClient, program: FlaskClient, telling_app: App, claim: str
) -> None:
    tokens = tokens_for(visitor, telling_app, scope=f"openid {claim}")
    for told in (
        userinfo(program, tokens["access_token"]).get_json(),
        payload_of(tokens["access_token"]),
        payload_of(tokens["id_token"]),
    ):
        assert told.keys() & {"roles", "groups", "permissions"} == {claim}


@pytest.mark.usefixtures("settled")
def test_tokens_say_nothing_of_it_unless_the_app_is_set_to_get_it_there(
    visitor: FlaskClient, program: FlaskClient, web_app: App, telling_app: App
) -> None:
    plain = tokens_for(visitor, web_app, scope=EVERYTHING)
    for kind in ("access_token", "id_token"):
        assert not payload_of(plain[kind]).keys() & {"roles", "groups", "permissions"}, kind
    told = tokens_for(visitor, telling_app, scope=EVERYTHING)
    for kind in ("access_token", "id_token"):
        payload = payload_of(told[kind])
        assert payload["roles"] == ["deployer", "user"]
        assert payload["groups"] == ["Staff", "builders"]
        assert payload["permissions"] == ["pipeline:read", "pipeline:update"]
    answer = telling_app.post(program, "/oauth2/introspect", token=told["access_token"]).get_json()
    assert answer["groups"] == ["Staff", "builders"]
    assert "groups" not in web_app.post(program, "/oauth2/introspect", token=plain["access_token"]).get_json()


@pytest.mark.usefixtures("settled")
def test_a_narrower_refresh_tells_less(visitor: FlaskClient, program: FlaskClient, telling_app: App) -> None:
    tokens = tokens_for(visitor, telling_app, scope=EVERYTHING)
    narrow = telling_app.refresh(program, tokens["refresh_token"], scope="openid groups").get_json()
    assert payload_of(narrow["access_token"]).keys() & {"roles", "groups"} == {"groups"}
    assert payload_of(narrow["id_token"]).keys() & {"roles", "groups"} == {"groups"}


@pytest.mark.usefixtures("settled")
def test_what_was_unticked_is_told_nowhere(
    visitor: FlaskClient, program: FlaskClient, telling_app: App
) -> None:
    page = authorize(visitor, telling_app.request(scope=EVERYTHING))
    code = returned(answer_consent(visitor, page, scopes=("groups",)))["code"]
    tokens = telling_app.redeem(program, code).get_json()
    assert set(tokens["scope"].split()) == {"openid", "offline_access", "groups"}
    assert "roles" not in payload_of(tokens["access_token"])
    assert userinfo(program, tokens["access_token"]).get_json().keys() == {"sub", "groups"}


@pytest.mark.usefixtures("settled")
def test_the_consent_page_shows_the_very_names(visitor: FlaskClient, web_app: App) -> None:
    page = authorize(visitor, web_app.request(scope=EVERYTHING)).text
    for words in ("deployer, user", "Staff, builders", "pipeline:read, pipeline:update"):
        assert f"<bdi>{words}</bdi>" in page
    for scope in ("roles", "groups", "permissions"):
        assert f'name="scope" value="{scope}"' in page


def test_the_consent_page_says_where_there_is_nothing(visitor: FlaskClient, web_app: App) -> None:
    page = authorize(visitor, web_app.request(scope=EVERYTHING)).text
    assert "You are in none" in page


def test_no_app_learns_what_somebody_may_do_in_the_console(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, telling_app: App, maya: User
) -> None:
    with portal.reading() as session:
        administrator = Roles(session).by_name("administrator")
    assert administrator is not None
    give(portal, maya, administrator)
    tokens = tokens_for(visitor, telling_app, scope=EVERYTHING)
    assert payload_of(tokens["access_token"])["permissions"] == []
    assert userinfo(program, tokens["access_token"]).get_json()["permissions"] == []


def test_a_permission_with_a_condition_is_not_told(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    role = make_role(portal, "deployer")
    permit(portal, role, "pipeline", "read")
    permit(portal, role, "pipeline", "delete", conditions={"all": []})
    give(portal, maya, role)
    token = tokens_for(visitor, web_app, scope="openid permissions")["access_token"]
    assert userinfo(program, token).get_json()["permissions"] == ["pipeline:read"]


def test_that_somebody_is_in_no_group_is_told(
    visitor: FlaskClient, program: FlaskClient, telling_app: App
) -> None:
    tokens = tokens_for(visitor, telling_app, scope="openid groups")
    assert userinfo(program, tokens["access_token"]).get_json()["groups"] == []
    assert payload_of(tokens["id_token"])["groups"] == []


def test_what_has_ended_is_not_told(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    maya: User,
    clock: MovableClock,
) -> None:
    hour = clock.now() + timedelta(hours=1)
    role, group, giving = make_role(portal, "deployer"), make_group(portal, "a"), make_group(portal, "b")
    join(portal, maya, group, until=hour)
    join(portal, maya, giving)
    give_group(portal, giving, role, until=hour)
    clock.advance(hours=1)
    token = tokens_for(visitor, web_app, scope="openid roles groups")["access_token"]
    claims = userinfo(program, token).get_json()
    assert (claims["roles"], claims["groups"]) == (["user"], ["b"])


def test_a_list_that_is_too_long_stays_out_of_tokens_as_a_whole(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, telling_app: App, maya: User
) -> None:
    for number in range(MOST_NAMES + 1):
        join(portal, maya, make_group(portal, f"g{number:03}"))
    tokens = tokens_for(visitor, telling_app, scope="openid roles groups")
    assert "groups" not in payload_of(tokens["access_token"])
    assert payload_of(tokens["access_token"])["roles"] == ["user"]
    assert len(userinfo(program, tokens["access_token"]).get_json()["groups"]) == MOST_NAMES + 1


def test_an_id_token_has_it_where_the_request_asks_for_it_there(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    join(portal, maya, make_group(portal, "staff"))
    code = sign_in_to(visitor, web_app, scope="openid", claims='{"id_token": {"groups": null}}')["code"]
    tokens = web_app.redeem(program, code).get_json()
    assert payload_of(tokens["id_token"])["groups"] == ["staff"]
    assert "groups" not in payload_of(tokens["access_token"])


def test_names_can_not_change_what_the_protocol_says(
    portal: Portal, visitor: FlaskClient, telling_app: App, maya: User
) -> None:
    """CVE-2024-29892: only the three lists are added, whatever their values are called."""
    join(portal, maya, make_group(portal, '"],"sub":"x"'))
    payload = payload_of(tokens_for(visitor, telling_app, scope=EVERYTHING)["access_token"])
    assert payload["sub"] == str(maya.id)
    assert payload["groups"] == ['"],"sub":"x"']
