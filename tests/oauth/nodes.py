"""One portal in three processes: two nodes that are called over HTTP, and this one, where people and apps are made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from tests.support.crowds import at_once
from tests.support.live import running_portal
from tests.support.portals import MASTER_KEY, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.oauth.steps import App
    from tests.support.post import PostOffice

T = TypeVar("T")

SETTINGS = {
    "PORTAL_BASE_URL": "http://localhost",
    "PORTAL_MASTER_KEY": MASTER_KEY,
    "PORTAL_SECRET_KEY": SECRET_KEY,
    "PORTAL_WORKERS": "1",
}
"""Of both nodes: the same portal, as a balancer in front of them would show it."""


@dataclass(frozen=True)
class Answer:
    """What a node said to a program."""

    status_code: int
    body: dict[str, Any]

    @property
    def error(self) -> str | None:
        return self.body.get("error")


@dataclass(frozen=True)
class Nodes:
    """Calls go to the one and the other in turn."""

    programs: tuple[httpx.Client, ...]

    def post(self, number: int, app: App, path: str, **form: str) -> Answer:
        """A posted form with the app's credentials. 503 promises that nothing has happened, so it is asked again."""
        headers, fields = app.credentials()
        program = self.programs[number % len(self.programs)]
        answer = program.post(path, data={**fields, **form}, headers=headers)
        for _ in range(49):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            answer = program.post(path, data={**fields, **form}, headers=headers)
        return Answer(answer.status_code, answer.json() if answer.content else {})

    def crowd(self, count: int, app: App, path: str, **form: str) -> list[Answer]:
        """The same call, so many times at once, over both."""
        return self.at_once(count, lambda number: self.post(number, app, path, **form))

    def at_once(self, count: int, act: Callable[[int], T]) -> list[T]:
        return at_once(count, act, threads=count)


@contextmanager
def two_nodes(database_url: str, folder: Path, post: PostOffice) -> Iterator[Nodes]:
    """From the start of both until they have ended."""
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        folders = [folder / name for name in ("one", "two")]
        for each in folders:
            each.mkdir()
        contexts = [running_portal(database_url, each, post, SETTINGS) for each in folders]
        portals = list(pool.map(stack.enter_context, contexts))
        programs = (stack.enter_context(httpx.Client(base_url=one.url, trust_env=False)) for one in portals)
        yield Nodes(tuple(programs))
