"""HEAD comes to the same view as GET, and looks like it does (SECURITY.md C-8 and C-10, RFC 9110 section 9.3.2)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from portal.accounts.repository import Users
from portal.http.flows import BROWSER
from portal.http.security import cookie_name
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.ids import new_id
from tests.support.inhabited import inhabited

if TYPE_CHECKING:
    from portal.infra.settings import Settings
    from tests.support.inhabited import Inhabited


@pytest.fixture
def world(settings: "Settings") -> "Iterator[Inhabited]":
    with inhabited(settings) as world:
        yield world


def test_a_head_of_the_sign_out_page_signs_nobody_out(world: "Inhabited") -> None:
    browser = world.browser(world.person)
    assert browser.head("/logout").status_code == 200
    assert browser.get("/account").status_code == 200


def test_a_head_of_a_mailed_link_finishes_no_sign_up(world: "Inhabited") -> None:
    """Mail scanners do it, and the browser that signed up may be told to."""
    browser, token = world.browser(), issue(TokenKind.BROWSER, new_id()).token
    with world.app.app_context():
        browser.set_cookie(cookie_name(BROWSER), token, domain="localhost")
    link = world.sign_up_link("nora@example.org", browser_token=token)
    assert browser.head(f"/verify/{link}").status_code == 200
    with world.portal.reading() as session:
        assert Users(session).by_email("nora@example.org") is None
