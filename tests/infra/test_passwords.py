"""Passwords, with a cheap argon2id except where its cost is what is tested."""

import multiprocessing
import statistics
import time
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.infra.crypto.passwords import MAX_BYTES, Passwords, Verdict
from portal.infra.errors import Invalid, Unavailable

RIGHT = Verdict(matches=True, needs_rehash=False)
WRONG = Verdict(matches=False, needs_rehash=False)
PEPPERS = {"k1": b"1" * 32, "k2": b"2" * 32}


def passwords(
    *,
    peppers: dict[str, bytes] | None = None,
    active_pepper: str = "k1",
    pool_size: int = 2,
    queue_size: int = 16,
    wait_seconds: float = 10.0,
    memory_kib: int = 64,
    time_cost: int = 1,
    on_change: Callable[[int], None] = lambda _: None,
) -> Passwords:
    return Passwords(
        peppers=peppers or PEPPERS,
        active_pepper=active_pepper,
        pool_size=pool_size,
        queue_size=queue_size,
        wait_seconds=wait_seconds,
        memory_kib=memory_kib,
        time_cost=time_cost,
        on_change=on_change,
    )


CHEAP = passwords()


@given(st.text(min_size=1, max_size=200, alphabet=st.characters(exclude_categories=["Cs"])))
@hypothesis_settings(max_examples=30)
def test_a_password_matches_itself_and_nothing_one_character_off(password: str) -> None:
    stored = CHEAP.hash(password)
    assert CHEAP.verify(stored, password) == RIGHT
    assert CHEAP.verify(stored, password + " ") == WRONG
    assert CHEAP.verify(stored, "x" + password) == WRONG


@pytest.mark.parametrize("position", [0, 55, 72, 73, 128, 199])
def test_every_position_of_a_long_password_counts(position: int) -> None:
    password = "correct horse battery staple " * 7
    changed = password[:position] + "#" + password[position + 1 :]
    assert CHEAP.verify(CHEAP.hash(password), changed) == WRONG


def test_accents_typed_in_one_or_two_characters_are_the_same_password() -> None:
    stored = CHEAP.hash(unicodedata.normalize("NFD", "Zoë's façade"))
    assert CHEAP.verify(stored, unicodedata.normalize("NFC", "Zoë's façade")) == RIGHT


def test_look_alikes_stay_different_passwords() -> None:
    assert CHEAP.verify(CHEAP.hash("ﬁne passphrase"), "fine passphrase") == WRONG


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_missing"),
        ("x" * (MAX_BYTES + 1), "password_too_long"),
        ("é" * (MAX_BYTES // 2 + 1), "password_too_long"),
        ("x" * 1_000_000, "password_too_long"),
        ("half a \ud800 character", "password_unreadable"),
    ],
)
def test_a_password_that_cannot_be_is_refused_before_any_hashing(password: str, code: str) -> None:
    changes: list[int] = []
    watched = passwords(on_change=changes.append)
    for attempt in (watched.hash, lambda text: watched.verify(None, text)):
        with pytest.raises(Invalid) as refusal:
            attempt(password)
        assert refusal.value.code == code
    assert changes == []


def test_the_longest_password_is_taken() -> None:
    assert CHEAP.verify(CHEAP.hash("x" * MAX_BYTES), "x" * MAX_BYTES) == RIGHT


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "!",
        "x",
        "sekrit password",
        "hmac-sha256=k1$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        pytest.param(
            PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("sekrit password"), id="no pepper"
        ),
        CHEAP.hash("sekrit password").replace("=k1$", "=k9$"),
        CHEAP.hash("sekrit password").replace("argon2id", "argon2i"),
        CHEAP.hash("sekrit password") + "\n",
    ],
)
def test_what_is_no_hash_of_ours_never_matches(stored: str | None) -> None:
    assert CHEAP.verify(stored, "sekrit password") == WRONG


def test_a_password_hashed_at_an_older_cost_or_under_an_older_pepper_is_to_be_hashed_anew() -> None:
    older = Verdict(matches=True, needs_rehash=True)
    assert passwords(memory_kib=128).verify(CHEAP.hash("sekrit password"), "sekrit password") == older
    assert passwords(active_pepper="k2").verify(CHEAP.hash("sekrit password"), "sekrit password") == older
    assert passwords(memory_kib=128).verify(CHEAP.hash("sekrit password"), "another one") == WRONG


def test_another_pepper_is_another_password() -> None:
    stored = CHEAP.hash("sekrit password")
    assert passwords(peppers={"k1": b"3" * 32}).verify(stored, "sekrit password") == WRONG


def test_the_stored_form_tells_pepper_and_cost_and_is_salted() -> None:
    stored = passwords(memory_kib=19 * 1024, time_cost=2).hash("sekrit password")
    assert stored.startswith("hmac-sha256=k1$argon2id$v=19$m=19456,t=2,p=1$")
    assert CHEAP.hash("sekrit password") != CHEAP.hash("sekrit password")


def test_a_nobody_a_person_without_password_and_an_old_account_cost_the_same() -> None:
    """Medians of 25 tries at a cost that is well above the noise; an unlevelled old hash would take a quarter."""
    current = passwords(memory_kib=8 * 1024, time_cost=4, pool_size=1)
    old = passwords(memory_kib=8 * 1024, time_cost=1).hash("sekrit password")
    kinds = {"current": current.hash("sekrit password"), "old": old, "nobody": None, "no password": "!"}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(25):
        for kind, stored in kinds.items():
            began = time.perf_counter()
            current.verify(stored, "not this one")
            times[kind].append(time.perf_counter() - began)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    assert max(medians.values()) < 1.6 * min(medians.values()), medians


def test_beyond_pool_and_queue_a_hash_is_refused_at_once_and_the_rest_is_done() -> None:
    busy = passwords(pool_size=1, queue_size=2, memory_kib=32 * 1024, time_cost=4)

    def attempt(_: int) -> float | str:
        began = time.perf_counter()
        try:
            return busy.hash("sekrit password")
        except Unavailable:
            return time.perf_counter() - began

    with ThreadPoolExecutor(12) as people:
        outcomes = list(people.map(attempt, range(12)))
    refused = [seconds for seconds in outcomes if isinstance(seconds, float)]
    assert len(refused) >= 12 - 3 - 3  # those that came late may have found a place again
    assert statistics.median(refused) < 0.1
    assert sum(isinstance(outcome, str) for outcome in outcomes) >= 3
    assert busy.in_flight == 0


def test_who_waits_too_long_is_told_to_come_back_and_gives_the_place_up() -> None:
    slow = passwords(pool_size=1, queue_size=8, wait_seconds=0.05, memory_kib=64 * 1024, time_cost=6)

    def attempt(_: int) -> bool:
        try:
            slow.hash("sekrit password")
        except Unavailable:
            return False
        return True

    with ThreadPoolExecutor(6) as people:
        assert not all(people.map(attempt, range(6)))
    end = time.monotonic() + 10
    while slow.in_flight and time.monotonic() < end:
        time.sleep(0.01)
    assert slow.in_flight == 0


def test_the_watcher_sees_everyone_come_and_go() -> None:
    changes: list[int] = []
    watched = passwords(on_change=changes.append)
    watched.verify(watched.hash("sekrit password"), "sekrit password")
    assert changes == [1, 0, 1, 0]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_pool_that_was_used_works_in_a_forked_child() -> None:
    stored = CHEAP.hash("sekrit password")
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=lambda: answers.put(CHEAP.verify(stored, "sekrit password").matches))
    child.start()
    child.join(timeout=20)
    assert child.exitcode == 0
    assert answers.get() is True


def test_no_pepper_shows_in_a_repr_and_none_is_no_choice() -> None:
    assert repr(CHEAP) == "Passwords(m=64, t=1, p=1)"
    with pytest.raises(ValueError, match="active pepper"):
        Passwords(peppers={}, active_pepper="k1", pool_size=1)
