"""An answer of the authorization endpoint as the app reads it, whatever way it came."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.infra.crypto.jose import Claims
from tests.oauth.steps import App, answer_consent, authorize


@dataclass(frozen=True)
class Returned:
    """What came back, where, and by which carrier."""

    carrier: str
    address: str
    told: dict[str, str]


class _Form(HTMLParser):
    """The form that posts itself, as a browser understands the page."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.told, self.is_in = "", dict[str, str](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_in = given.get("id") == "form-post"
            self.action = given["action"] if self.is_in else self.action
        elif tag == "input" and self.is_in:
            self.told[given["name"]] = given["value"]


def read(answer: TestResponse) -> Returned:
    """Where the answer has put its parameters; in two places at once is wrong."""
    if answer.status_code == 200:
        form = _Form()
        form.feed(answer.text)
        assert form.action, answer.text
        return Returned("form_post", form.action, form.told)
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["Location"])
    carrier, text = ("fragment", parts.fragment) if parts.fragment else ("query", parts.query)
    address = answer.headers["Location"].split("#" if carrier == "fragment" else "?")[0]
    return Returned(carrier, address, dict(parse_qsl(text, keep_blank_values=True)))


def ask(visitor: FlaskClient, app: App, **changes: str | None) -> Returned:
    """The whole way of a signed-in person who says yes."""
    answer = authorize(visitor, app.request(**changes))
    if answer.status_code == 200 and "/oauth2/consent" in answer.text:
        answer = answer_consent(visitor, answer)
    return read(answer)


def opened(portal: Portal, told: dict[str, str]) -> Claims:
    """The claims of an answer that is one token, its signature checked; nothing else stands beside it."""
    assert set(told) == {"response"}, told
    return portal.issuer.keys.verify(told["response"], typ="JWT")
