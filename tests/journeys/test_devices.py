"""A device without a keyboard, and the person who answers for it in a browser that runs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal.grants.usecases.devices import GRANT_TYPE
from tests.journeys import pages
from tests.journeys.conftest import NewContext
from tests.oauth.devices import ask, poll
from tests.oauth.steps import userinfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from tests.journeys.scene import Scene

pytestmark = pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)


def test_somebody_connects_a_television_without_a_script(
    scene: Scene, somebody: Callable[[str], User], new_context: NewContext
) -> None:
    grants = ["authorization_code", "refresh_token", GRANT_TYPE]
    registered = scene.register(
        "Living-room TV",
        kind="native",
        redirect_uris=["org.example.tv:/callback"],
        columns={"grant_types": grants},
    )
    device, television = scene.app.test_client(use_cookies=False), scene.side_of(registered)
    told = ask(device, television)

    person = somebody("Jonas Berg")
    page = new_context(java_script_enabled=False, color_scheme="dark").new_page()
    page.goto(told["verification_uri_complete"])
    pages.answer_sign_in(page, person.email)
    pages.heading(page, "Connect a device")
    expect(page.get_by_label("Code on the device")).to_have_value(told["user_code"])
    page.get_by_text("Continue on your phone instead").click()
    picture = page.get_by_role("img", name="QR code that opens this page")
    expect(picture).to_be_visible()
    expect(picture).to_have_css("background-color", "rgb(255, 255, 255)")
    pages.press(page, "Continue")
    pages.heading(page, "Connect Living-room TV on a device?")
    expect(page.locator("#shown-code")).to_have_text(told["user_code"])
    pages.press(page, "Allow access")
    pages.heading(page, "Your device is connected")

    answer = poll(device, television, told["device_code"])
    assert answer.status_code == 200, answer.text
    assert userinfo(device, answer.get_json()["access_token"]).get_json()["email"] == person.email
    page.goto(f"{scene.live.url}/account/apps")
    expect(page.get_by_role("button", name="Disconnect Living-room TV")).to_be_visible()
