"""Somebody without a browser, who opens pages, fills in forms and goes where they are sent, by HTTP alone."""

import re
from dataclasses import dataclass
from html import unescape

import httpx

MOST_STEPS = 6


@dataclass(frozen=True)
class Visitor:
    """Keeps cookies."""

    program: httpx.Client

    def open(self, path: str, **query: str) -> httpx.Response:
        return self._follow(self.program.get(path, params=query))

    def send(self, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
        """Fill in the form of a page that goes to this path."""
        return self._follow(self.program.post(action, data={**_hidden(page, action), **fields}))

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        """As far as it leads within the portal."""
        for _ in range(MOST_STEPS):
            if not answer.headers.get("Location", "").startswith("/"):
                return answer
            answer = self.program.get(answer.headers["Location"])
        raise LookupError(f"too many redirects, the last to {answer.url}")


def _hidden(page: httpx.Response, action: str) -> dict[str, str]:
    form = re.search(rf'<form[^>]*action="{re.escape(action)}.*?</form>', page.text, re.DOTALL)
    if form is None:
        raise LookupError(f"no form for {action} on {page.url}: {page.status_code}")
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in inputs}
