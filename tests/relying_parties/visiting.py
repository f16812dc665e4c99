"""A person with a browser that runs no scripts: follows redirects, keeps cookies by site, fills in our forms."""

import re
from html import unescape
from urllib.parse import urljoin

import httpx

from tests.relying_parties.running import RelyingParty
from tests.support.people import PASSWORD


class Visitor:
    """One person, one browser."""

    def __init__(self) -> None:
        self._browser = httpx.Client(follow_redirects=True, timeout=20, trust_env=False)

    def open(self, url: str) -> httpx.Response:
        return self._browser.get(url)

    def press(self, page: httpx.Response, button: str = "", **filled: str) -> httpx.Response:
        """Fill in the page's main form and press the button with this value (`name=value`), or its only one."""
        form = re.search(r'<form class="form".*?</form>', page.text, re.DOTALL)
        if form is None:
            raise LookupError(f"no form on {page.url}:\n{page.text}")
        action = re.search(r'action="([^"]+)"', form[0])
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
        ticked = re.findall(r'type="checkbox"[^>]* name="([^"]+)" value="([^"]*)"[^>]* checked', form[0])
        fields = {name: unescape(value) for name, value in (*hidden, *ticked)}
        name, _, value = button.partition("=")
        pressed = {name: value} if name else {}
        target = urljoin(str(page.url), unescape(action[1]) if action else "")
        return self._browser.post(target, data={**fields, **filled, **pressed})

    def sign_in(self, page: httpx.Response, email: str) -> httpx.Response:
        """Both steps of the portal's sign-in."""
        second = self.press(page, identifier=email)
        return self.press(second, identifier=email, password=PASSWORD)

    def journey(self, app: RelyingParty, query: str = "") -> httpx.Response:
        """From the app's sign-in button back to the app, through everything that is asked."""
        page = self.open(f"{app.url}/login{query}")
        if page.url.path == "/login":
            page = self.sign_in(page, app.email)
        if page.url.path == "/oauth2/authorize/resume":
            page = self.press(page, "decision=allow")
        return page

    def close(self) -> None:
        self._browser.close()
