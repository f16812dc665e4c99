"""Requests under one key that come at once, and nodes that die among them."""

import os
import random
import signal
from collections.abc import Callable
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING

import orjson
from sqlalchemy.exc import OperationalError

from portal.infra.idempotency import Answer, StillRunning
from tests.infra.repeated import MAYA, ask, made, make
from tests.support.portals import cheap_settings, open_portal
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def test_five_at_once_make_one_thing(portal: "Portal") -> None:
    answers: list[Answer] = []
    late: list[int] = []
    ready, again = Barrier(5), Event()

    def insist() -> None:
        ready.wait(5)
        for _ in range(400):
            try:
                answers.append(make(portal))
                return  # noqa: TRY300 - the loop is for those who have to wait
            except StillRunning as wait:
                late.append(wait.retry_after_seconds)
                again.wait(0.005)

    threads = [Thread(target=insist) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [answer.body for answer in answers] == [answers[0].body] * 5
    assert made(portal) == ["k"]
    assert set(late) <= {1}


def test_who_comes_while_the_first_still_runs_is_told_to_come_back(portal: "Portal") -> None:
    """On SQLite there is one writer: the second waits for its turn, and has the answer then."""
    outcomes: list[object] = []

    def come() -> None:
        try:
            outcomes.append(make(portal))
        except StillRunning as told:
            outcomes.append(told.code)

    with portal.unit_of_work(MAYA) as uow:
        once = ask(uow)
        second = Thread(target=come)
        second.start()
        second.join(0.2 if portal.engine.dialect.name == "sqlite" else 5)
        once.keep(Answer(status=201, body=b"first"))
    second.join(5)
    expected = {"sqlite": Answer(status=201, body=b"first"), "postgresql": "idempotency_key_in_use"}
    assert outcomes == [expected[portal.engine.dialect.name]]


def serve(portal: "Portal", keys: list[str], say: Callable[[str, Answer], None]) -> None:
    """A node: five requests for each key, in no order, each again until it is answered."""
    again = Event()

    def work(seed: int) -> None:
        mine = random.Random(seed).sample(keys, len(keys))  # noqa: S311 - an order, no secret
        for key in mine:
            for _ in range(2_000):
                try:
                    say(key, make(portal, key))
                    break
                except (StillRunning, OperationalError):
                    again.wait(0.002)

    threads = [Thread(target=work, args=(seed,)) for seed in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def node(portal: "Portal", database_url: str, keys: list[str]) -> tuple[int, int]:
    """A process of its own with a portal of its own; its number, and where it tells what it answered."""
    reads, writes = os.pipe()
    if child := os.fork():
        os.close(writes)
        return child, reads
    try:
        with open_portal(cheap_settings(database_url, portal.settings.instance_dir)) as other:
            serve(other, keys, lambda key, answer: _tell(writes, key, answer))
        _tell(writes, "done", Answer(status=200))
    finally:
        os._exit(0)


def _tell(pipe: int, key: str, answer: Answer) -> None:
    os.write(pipe, orjson.dumps([key, answer.body.decode()]) + b"\n")


def told_by(pipe: int, *, lines: int | None = None) -> list[tuple[str, str]]:
    """What a node said: so many lines of it, or all until it ends."""
    said = b""
    while lines is None or said.count(b"\n") < lines:
        chunk = os.read(pipe, 4096)
        if not chunk:
            break
        said += chunk
    whole = said[: said.rfind(b"\n") + 1]  # a killed node may have stopped in mid-sentence
    return [tuple(orjson.loads(line)) for line in whole.splitlines()]


def test_nodes_that_are_killed_make_each_thing_once(portal: "Portal", database_url: str) -> None:
    """Each is killed somewhere among its answers, and the next asks for all of them again, until one is left alone."""
    keys, chance = [f"key-{number}" for number in range(60)], random.Random(9)  # noqa: S311
    said: list[tuple[str, str]] = []
    portal.engine.dispose()
    for _ in range(3):
        child, pipe = node(portal, database_url, keys)
        said += told_by(pipe, lines=chance.randint(5, 60))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said += told_by(pipe)
        os.close(pipe)
    child, pipe = node(portal, database_url, keys)
    said += told_by(pipe)
    os.waitpid(child, 0)
    os.close(pipe)
    assert said[-1][0] == "done"
    bodies: dict[str, set[str]] = {}
    for key, body in said[:-1]:
        bodies.setdefault(key, set()).add(body)
    assert {key: len(each) for key, each in bodies.items()} == dict.fromkeys(keys, 1)
    wait_until(lambda: len(made(portal)) == len(keys), what="the end of what the dead had begun")
    assert made(portal) == sorted(keys)
