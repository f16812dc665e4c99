"""The pages between people and apps that come of the protocol: devices, answers by form, sign-outs in frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from portal.grants.usecases.devices import GRANT_TYPE
from tests.journeys import pages
from tests.journeys.sights import Sight, Steps
from tests.oauth.devices import ask

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from portal.clients.models import Client
    from tests.journeys.scene import Scene

AWAY: Final = "https://*.example/**"
CODE_GRANTS: Final = ["authorization_code", "refresh_token"]


def _of_a_device(page_name: str = "", *, audience: str = "everyone") -> Steps:
    """The page about a device that waits; codes don't wait for ever, so that each look has one of its own."""

    def steps(page: Page, scene: Scene) -> None:
        television = scene.register(
            "Living-room TV",
            kind="native",
            redirect_uris=["org.example.tv:/callback"],
            audience=audience,
            columns={"grant_types": [*CODE_GRANTS, GRANT_TYPE]},
        )
        code = ask(scene.app.test_client(use_cookies=False), scene.side_of(television))["user_code"]
        page.goto(f"{scene.live.url}/device{page_name}?user_code={code}")

    return steps


def _with_picture(page: Page, scene: Scene) -> None:
    _of_a_device()(page, scene)
    page.get_by_text("Continue on your phone instead").click()
    picture = page.locator("#device-qr")
    picture.wait_for()
    page.wait_for_function(
        "image => image.complete && image.naturalWidth > 100", arg=picture.element_handle()
    )


def _wrong(page: Page, _scene: Scene) -> None:
    page.get_by_label("Code on the device").fill("BCDF-GHJK")
    pages.press(page, "Continue")


def _staying(route: Route) -> None:
    """An app that has nothing to show, so that the browser stays where it is."""
    route.fulfill(status=204)


def _posting(page: Page, scene: Scene) -> None:
    page.route(AWAY, _staying)
    asked = scene.request(scene.kestrel, response_mode="form_post")
    page.goto(scene.live.url + asked, wait_until="commit")  # it never has loaded: it is on its way already


def _leaving(page: Page, scene: Scene) -> None:
    """By an app that has the browser tell it, from a session that nobody else needs."""
    page.route(AWAY, _staying)
    heron = scene.register(
        "Heron Docs",
        columns={"require_consent": False},
        switches={"frontchannel_logout_uri": "https://kestrel.example/frame"},
    )
    scene.let_in_anew(page.context, scene.devon)
    page.evaluate("address => { window.location = address }", scene.live.url + scene.request(heron))
    page.wait_for_timeout(500)  # the answer leads nowhere, so there is nothing else to wait for
    asked = urlencode({"client_id": heron.client_id})
    page.goto(f"{scene.live.url}/oauth2/logout?{asked}")
    pages.press(page, "Sign out")


def _asked_to_leave(client: Client) -> str:
    return f"/oauth2/logout?{urlencode({'client_id': client.client_id})}"


PROTOCOL: Final[dict[str, Sight]] = {
    "oauth_pages.device": Sight("devon", "Connect a device", "/device"),
    "oauth_pages.device: wrong": Sight("devon", "Connect a device", "/device", _wrong),
    "oauth_pages.device: with a picture": Sight("devon", "Connect a device", "/device", _with_picture),
    "oauth_pages.review_device": Sight(
        "devon", "Connect Living-room TV on a device?", "/device", _of_a_device("/review")
    ),
    "oauth_pages.review_device: closed": Sight(
        "devon", "You can't use Living-room TV yet", "/device", _of_a_device("/review", audience="roles")
    ),
    "oauth_pages.device_done": Sight("devon", "Your device is connected", "/device/done?outcome=allowed"),
    "oauth_pages.device_done: denied": Sight("devon", "The device was turned away", "/device/done"),
    "oauth_pages.authorize: answer by form": Sight("maya", "Going back to Kestrel CI", "/account", _posting),
    "oauth_pages.logout: by an app": Sight(
        "maya", "Sign out of Portal?", lambda scene: _asked_to_leave(scene.kestrel)
    ),
    "oauth_pages.signed_out: with frames": Sight("devon", "You are signed out", "/account", _leaving),
    "account.end_every_session": Sight("maya", "Sign out everywhere?", "/account/sessions/end-all"),
}
