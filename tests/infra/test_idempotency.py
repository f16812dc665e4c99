"""A request that comes twice is done once and answered alike, whoever dies in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from portal.infra.actor import SYSTEM, Actor
from portal.infra.idempotency import (
    KEPT,
    MAX_BODY_BYTES,
    Answer,
    AnswerLost,
    KeyMalformed,
    KeyReused,
    forget_answers,
    read_key,
    request_digest,
)
from portal.infra.ids import new_id
from tests.infra.repeated import BODY, MAYA, SECRET, ask, kept, made, make

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork
    from tests.support.portals import MovableClock


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
