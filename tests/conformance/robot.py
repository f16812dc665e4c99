"""A browser that runs a suite's `browser` script: visit after visit, each with the tasks that fit its address."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conformance.pages import Form, Page

MOST_REDIRECTS = 10
FORM = "application/x-www-form-urlencoded"


class Stuck(AssertionError):
    """The script does not fit what the portal shows."""


@dataclass(frozen=True)
class Arrival:
    """The browser is back at the suite."""

    url: str
    posted: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def fragment(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).fragment, keep_blank_values=True))


class Robot:
    """Keeps its cookies for one module. What lies outside of the portal is the suite's."""

    def __init__(
        self, visitor: FlaskClient, stranger: FlaskClient, home: str, script: list[dict[str, Any]]
    ) -> None:
        self._client, self._foreign = visitor, stranger
        self._home, self._script = home, script
        self._used: dict[int, int] = {}
        self.shown: list[str] = []
        """Every page that the script had filed, as text."""
        self.seen: list[Page] = []
        self.framed: list[str] = []
        """Addresses of other sites that pages opened in frames."""
        self.at: Page | Arrival | None = None

    def visit(self, url: str, *, posted: dict[str, str] | None = None) -> Page | Arrival:
        """Go there and do what the script says for it; where the browser is in the end."""
        self.seen = []
        if posted is None:
            self._go("GET", url)
        else:  # a form of another site, which brings no cookie that is SameSite=Lax
            self._land(url, self._ask(self._foreign, "POST", url, list(posted.items())))
        tasks = self._tasks_for(url)
        for task in tasks:
            self._run(task)
        if self.at is None:
            raise Stuck("the browser is nowhere")
        return self.at

    def _tasks_for(self, url: str) -> list[dict[str, Any]]:
        for number, entry in enumerate(self._script):
            left = entry.get("match-limit", 1_000) - self._used.get(number, 0)
            if left > 0 and fnmatchcase(url, entry["match"]):
                self._used[number] = self._used.get(number, 0) + 1
                tasks: list[dict[str, Any]] = entry["tasks"]
                return tasks
        return []

    def _run(self, task: dict[str, Any]) -> None:
        at = self.at
        if at is None or not fnmatchcase(at.url.partition("#")[0], task["match"]):
            if task.get("optional"):
                return
            raise Stuck(f"{task['task']} does not fit {at.url if at else 'nothing'}: {self._words()}")
        for command in task.get("commands", ()):
            self._do(*command)

    def _do(self, verb: str, kind: str, name: str, *further: Any) -> None:  # noqa: ANN401 - a suite's script
        page = self.at
        assert kind == "id", "our scripts find everything by its id"
        if isinstance(page, Arrival):
            assert (verb, name) == ("wait", "submission_complete")
            return
        assert page is not None
        match verb:
            case "text":
                form, field_name = page.inputs[name]
                form.typed[field_name] = further[0]
            case "click":
                if name not in page.buttons:
                    raise Stuck(f"no button {name} at {page.url}: {page.words}")
                form, button = page.buttons[name]
                self._send(form, button)
            case "wait":
                assert name in page.ids, f"nothing has the id {name}: {page.words}"
                if len(further) > 1:
                    assert re.fullmatch(further[1], page.words), page.words
                    self.shown.append(page.words)

    def _send(self, form: Form, button: dict[str, str] | None = None) -> None:
        values, target = form.sent(button), urljoin(self._current(), form.action)
        if form.method == "post":
            self._go("POST", target, values)
        else:
            self._go("GET", f"{target.partition('?')[0]}?{urlencode(values)}")

    def _go(self, method: str, url: str, values: list[tuple[str, str]] | None = None) -> None:
        if not self._is_ours(url):
            self.at = Arrival(url, dict(values or ()))
            return
        self._land(url, self._ask(self._client, method, url, values))

    def _land(self, url: str, answer: TestResponse) -> None:
        for _ in range(MOST_REDIRECTS):
            if answer.status_code not in {301, 302, 303, 307}:
                break
            url = urljoin(url, answer.headers["Location"])
            if not self._is_ours(url):
                self.at = Arrival(url)
                return
            answer = self._ask(self._client, "GET", url)
        policy = answer.headers.get("Content-Security-Policy", "")
        page = self.at = Page(url, answer.get_data(as_text=True), answer.status_code, policy)
        self.seen.append(page)
        self._let_it_act(page)

    def _let_it_act(self, page: Page) -> None:
        """What a browser does by itself, as far as the page's policy lets it."""
        for frame in page.frames:
            assert page.allows("frame-src", frame), page.policy
            self.framed.append(frame)
        form, onward = page.posts_itself, page.goes_on_to
        if form is not None:
            assert page.scripts_run, page.policy
            assert page.allows("form-action", form.action), page.policy
            self._send(form)
        elif onward is not None:
            assert page.scripts_run, page.policy
            self._go("GET", onward)

    def _ask(
        self,
        client: FlaskClient,
        method: str,
        url: str,
        values: list[tuple[str, str]] | None = None,
    ) -> TestResponse:
        path = url.removeprefix(self._home).partition("#")[0]
        answer: TestResponse = client.open(
            path,
            method=method,
            base_url=self._home,
            headers={"Referer": self._current()} if self.at else {},
            data=urlencode(values) if values is not None else None,
            content_type=FORM if values is not None else None,
        )
        assert answer.status_code < 500, answer.text
        return answer

    def _is_ours(self, url: str) -> bool:
        return url.startswith(f"{self._home}/")

    def _current(self) -> str:
        return self.at.url if self.at else self._home

    def _words(self) -> str:
        return self.at.words if isinstance(self.at, Page) else ""
