"""A request that comes twice is done once and answered alike, whoever dies in between."""

import os
import random
import signal
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from portal.infra.actor import SYSTEM, Actor
from portal.infra.idempotency import (
    KEPT,
    MAX_BODY_BYTES,
    Answer,
    AnswerLost,
    KeptAnswer,
    KeyMalformed,
    KeyReused,
    Repeatable,
    StillRunning,
    forget_answers,
    idempotent,
    read_key,
    request_digest,
)
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from tests.support.portals import cheap_settings, open_portal
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork
    from tests.support.portals import MovableClock

MAYA = Actor(kind="user", id=new_id(), label="maya")
BODY = request_digest("POST", "/api/v1/things", b'{"name":"one"}')
SECRET = "sec_0123456789"


def ask(
    uow: "UnitOfWork", key: str = "k", *, actor: Actor = MAYA, operation: str = "make", body: bytes = BODY
) -> Repeatable:
    return idempotent(uow, key=key, operation=operation, actor=actor, request_digest=body)


def make(portal: "Portal", key: str = "k", *, actor: Actor = MAYA, operation: str = "make") -> Answer:
    """As a door does it: ask, do, keep, answer."""
    with portal.unit_of_work(actor) as uow:
        once = ask(uow, key, actor=actor, operation=operation)
        if once.answer is not None:
            return once.answer
        made = uow.enqueue("made", {"key": key})
        answer = Answer(
            status=201, headers={"Location": f"/things/{made.id}"}, body=f"{made.id} {SECRET}".encode()
        )
        once.keep(answer)
        return answer


def made(portal: "Portal") -> list[str]:
    with portal.reading() as session:
        return sorted(one.payload["key"] for one in session.scalars(select(OutboxMessage)))


def kept(portal: "Portal") -> int:
    with portal.reading() as session:
        return session.scalar(select(func.count()).select_from(KeptAnswer)) or 0


def test_a_repeated_request_gets_the_first_answer_to_the_byte(portal: "Portal") -> None:
    first = make(portal)
    assert [make(portal) for _ in range(3)] == [first] * 3
    assert made(portal) == ["k"]


def test_keys_are_their_senders_own_and_of_one_operation(portal: "Portal") -> None:
    app = Actor(kind="user", id=MAYA.id, label="maya", client_id=new_id())
    make(portal)
    make(portal, actor=SYSTEM)
    make(portal, actor=app)
    make(portal, operation="make_more")
    assert made(portal) == ["k"] * 4


def test_another_request_under_the_same_key_is_refused_and_changes_nothing(portal: "Portal") -> None:
    first = make(portal)
    for other in (
        request_digest("POST", "/api/v1/things", b'{"name":"two"}'),
        request_digest("POST", "/api/v1/things?x=1", b'{"name":"one"}'),
        request_digest("PUT", "/api/v1/things", b'{"name":"one"}'),
    ):
        with pytest.raises(KeyReused), portal.unit_of_work(MAYA) as uow:
            ask(uow, body=other)
    assert make(portal) == first


def test_a_failed_request_leaves_its_key_free(portal: "Portal") -> None:
    def fail(after: Callable[["UnitOfWork"], object]) -> None:
        with portal.unit_of_work(MAYA) as uow:
            once = ask(uow)
            after(uow)
            once.keep(Answer(status=201))
            raise LookupError

    with pytest.raises(LookupError):
        fail(lambda uow: uow.enqueue("made", {"key": "k"}))
    assert (made(portal), kept(portal)) == ([], 0)
    make(portal)
    assert (made(portal), kept(portal)) == (["k"], 1)


def test_after_a_day_the_key_is_new_again_also_where_nobody_swept(
    portal: "Portal", clock: "MovableClock"
) -> None:
    first = make(portal)
    clock.advance(seconds=KEPT.total_seconds() - 60)
    assert make(portal) == first
    clock.advance(minutes=2)
    second = make(portal)
    assert second != first
    assert make(portal) == second
    assert made(portal) == ["k", "k"]


def test_sweeping_takes_what_is_over_and_no_more(portal: "Portal", clock: "MovableClock") -> None:
    make(portal, "old")
    clock.advance(seconds=KEPT.total_seconds() + 1)
    new = make(portal, "new")
    with portal.unit_of_work(SYSTEM) as uow:
        assert forget_answers(uow) is False
    assert kept(portal) == 1
    assert make(portal, "new") == new


def test_neither_answer_nor_request_lies_in_clear(portal: "Portal") -> None:
    make(portal)
    with portal.reading() as session:
        row = session.execute(text("SELECT * FROM idempotency_keys")).one()
    told = repr(tuple(row)).encode()
    assert SECRET.encode() not in told
    assert BODY.hex().encode() not in told
    assert repr(BODY)[2:20].encode() not in told


def test_an_answer_that_can_t_be_opened_is_not_done_again(portal: "Portal") -> None:
    make(portal)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.connection.execute(text("UPDATE idempotency_keys SET sealed = 'v1.gone.AAAA'"))
    with pytest.raises(AnswerLost):
        make(portal)
    assert made(portal) == ["k"]


def test_an_answer_without_end_is_not_kept(portal: "Portal") -> None:
    with pytest.raises(ValueError, match="length"), portal.unit_of_work(MAYA) as uow:
        ask(uow).keep(Answer(status=200, body=b"x" * (MAX_BODY_BYTES + 1)))


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


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        (' "a b" ', "a b"),
        (r'"a\"b\\c"', r'a"b\c'),
        ("k" * 255, "k" * 255),
        ('"' + "k" * 255 + '"', "k" * 255),
    ],
)
def test_a_key_is_a_string_with_or_without_its_quotes(header: str | None, key: str | None) -> None:
    assert read_key(header) == key


@pytest.mark.parametrize(
    "header",
    ["", '""', "k" * 256, '"k', 'k"', "a b", "a, b", '"a", "b"', '"a\\b"', "ä", '"\x00"', "a\n", '"a";p=1'],
)
def test_what_is_no_key_is_refused(header: str) -> None:
    with pytest.raises(KeyMalformed):
        read_key(header)


@given(st.text(max_size=600))
def test_any_header_is_a_key_or_refused(header: str) -> None:
    try:
        key = read_key(header)
    except KeyMalformed:
        return
    assert key is not None
    assert 1 <= len(key) <= 255


def test_keys_last_a_day() -> None:
    assert timedelta(hours=24) == KEPT
