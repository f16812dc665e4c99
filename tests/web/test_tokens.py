"""The page of personal access tokens: one is made with the password, shown once, and ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.services.personal_tokens import read_personal_token
from portal.infra.ids import new_id
from tests.accounts.steps import PASSWORD, body_of
from tests.web.browsing import sign_in, token_on, words_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

MAYA = "maya@example.org"
SHOWN = re.compile(r"portal_pat_\w+")


@pytest.fixture
def maya(client: FlaskClient, add_person: Callable[..., User]) -> User:
    person = add_person(MAYA, name="Maya Okafor", password=PASSWORD)
    sign_in(client, MAYA)
    return person


def wish(client: FlaskClient, **fields: object) -> TestResponse:
    usual = {"name": "Nightly report", "scopes": ["account:read"], "days": "30", "current_password": PASSWORD}
    opened = client.get("/account/tokens/new")
    return client.post("/account/tokens/new", data={"csrf_token": token_on(opened)} | usual | fields)


def shown(client: FlaskClient) -> str:
    """The text of the one that was made just now."""
    found = SHOWN.search(client.get("/account/tokens").text)
    assert found is not None
    return found[0]


def counts(portal: Portal, token: str) -> bool:
    with portal.asking() as asking:
        return read_personal_token(asking, token, at=portal.ports.clock.now()) is not None


def owned(portal: Portal, person: User) -> list[str]:
    with portal.reading() as session:
        return [one.name for one in TokensOfPerson(session, person.id).live(at=portal.ports.clock.now())]


@pytest.mark.usefixtures("maya")
def test_a_new_token_is_shown_once_and_works(client: FlaskClient, portal: Portal) -> None:
    answer = wish(client)
    assert (answer.status_code, answer.location) == (303, "/account/tokens")
    page = client.get("/account/tokens")
    (text,) = set(SHOWN.findall(page.text))
    assert counts(portal, text)
    assert "no-store" in page.headers["Cache-Control"]
    assert "Nightly report works until" in words_on(page)
    again = client.get("/account/tokens")
    assert SHOWN.search(again.text) is None
    assert "Nightly report account:read Not used yet" in words_on(again)


@pytest.mark.usefixtures("maya")
def test_its_person_hears_of_it_by_mail(
    client: FlaskClient, deliver: Callable[[], int], post: PostOffice
) -> None:
    wish(client, name="Backup <of> mail")
    text = shown(client)
    deliver()
    letter = body_of(post.to(MAYA)[-1])
    assert "Backup <of> mail" in letter
    assert "See your account" in letter
    assert "http://localhost/account/tokens" in letter
    assert text not in letter


def test_it_takes_the_password_and_wrong_ones_count(client: FlaskClient, portal: Portal, maya: User) -> None:
    page = wish(client, current_password="not the password at all")
    assert page.status_code == 422
    assert "That isn't your current password" in words_on(page)
    assert 'value="Nightly report"' in page.text
    assert re.search(r'value="account:read"[^>]* checked', page.text)
    assert owned(portal, maya) == []


def test_what_can_t_be_made_is_said_at_its_field(client: FlaskClient, portal: Portal, maya: User) -> None:
    for field, value, words in (
        ("name", "", "Enter a token name"),
        ("scopes", [], "Choose what the token may be used for"),
        ("scopes", ["everything"], "Choose one of the given answers"),
        ("days", "366", "lifetime"),
        ("days", "soon", ""),
        ("days", "", ""),
    ):
        page = wish(client, **{field: value})
        assert page.status_code == 422, (field, value)
        assert words in words_on(page)
    assert owned(portal, maya) == []


@pytest.mark.settings(personal_token_days=60)
@pytest.mark.usefixtures("maya")
def test_no_more_days_are_offered_than_the_portal_allows(client: FlaskClient) -> None:
    page = client.get("/account/tokens/new")
    assert re.findall(r'<option[^>]* value="(\d+)"', page.text) == ["7", "30", "60"]
    assert "60 days at most" in words_on(wish(client, days="90"))


def test_people_without_an_office_are_offered_what_concerns_them(
    client: FlaskClient,
    maya: User,
    add_person: Callable[..., User],
    visitor_as: Callable[[User], FlaskClient],
) -> None:
    assert maya.id is not None
    own = client.get("/account/tokens/new").text
    assert 'value="account:write"' in own
    assert 'value="users:read"' not in own
    ada = visitor_as(add_person("ada@example.org", administrator=True))
    assert 'value="users:read"' in ada.get("/account/tokens/new").text


def test_revoking_asks_first_and_ends_it(client: FlaskClient, portal: Portal, maya: User) -> None:
    wish(client)
    text = shown(client)
    with portal.reading() as session:
        (token,) = TokensOfPerson(session, maya.id).live(at=portal.ports.clock.now())
    path = f"/account/tokens/{token.id}/revoke"
    asked = client.get(path)
    assert "Revoke Nightly report ?" in words_on(asked)
    assert counts(portal, text)
    answer = client.post(path, data={"csrf_token": token_on(asked)})
    assert (answer.status_code, answer.location) == (303, "/account/tokens")
    assert not counts(portal, text)
    assert "Ended tokens" in words_on(client.get("/account/tokens"))


def test_the_token_of_another_is_none(
    client: FlaskClient,
    portal: Portal,
    maya: User,
    add_person: Callable[..., User],
    visitor_as: Callable[[User], FlaskClient],
) -> None:
    wish(client)
    with portal.reading() as session:
        (token,) = TokensOfPerson(session, maya.id).live(at=portal.ports.clock.now())
    devon = visitor_as(add_person("devon@example.org"))
    for token_id in (token.id, new_id()):
        path = f"/account/tokens/{token_id}/revoke"
        assert devon.get(path).status_code == 404
        assert devon.post(path, data={"csrf_token": token_on(devon.get("/account"))}).status_code == 404
    assert owned(portal, maya) == ["Nightly report"]


def test_signing_out_everywhere_ends_them_and_says_so_before(
    client: FlaskClient, portal: Portal, maya: User
) -> None:
    wish(client)
    asked = client.get("/account/sessions/end-all")
    assert "Your personal access tokens are revoked" in words_on(asked)
    client.post("/account/sessions/end-all", data={"csrf_token": token_on(asked)})
    assert owned(portal, maya) == []


def test_one_that_ends_soon_is_marked(client: FlaskClient, maya: User, clock: MovableClock) -> None:
    wish(client, days="30")
    assert "Ends soon" not in words_on(client.get("/account/tokens"))
    clock.advance(days=24)
    sign_in(client, maya.email)
    assert "Ends soon" in words_on(client.get("/account/tokens"))
