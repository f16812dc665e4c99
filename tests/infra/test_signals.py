"""A signal wakes whoever waits, in this process and in those that were forked from it."""

import os
from threading import Thread

import pytest

from portal.infra.signals import Signal


@pytest.fixture(params=["of one process", "shared"])
def signal(request: pytest.FixtureRequest) -> Signal:
    made = Signal()
    if request.param == "shared":
        made.share()
    return made


def test_it_stays_set_until_it_is_cleared(signal: Signal) -> None:
    assert not signal.wait(0.0)
    signal.set()
    assert signal.wait(0.0)
    assert signal.is_set()
    signal.clear()
    assert not signal.is_set()


def test_setting_it_often_is_setting_it_once(signal: Signal) -> None:
    """More often than a pipe holds bytes."""
    for _ in range(70_000):
        signal.set()
    assert signal.is_set()
    signal.clear()
    assert not signal.is_set()


def test_it_wakes_another_thread(signal: Signal) -> None:
    heard: list[bool] = []
    waiting = Thread(target=lambda: heard.append(signal.wait(20.0)))
    waiting.start()
    signal.set()
    waiting.join(20.0)
    assert heard == [True]


def test_what_was_set_before_it_was_shared_is_heard() -> None:
    signal = Signal()
    signal.set()
    signal.share()
    assert signal.is_set()


def test_it_wakes_another_process() -> None:
    signal = Signal()
    signal.share()
    child = os.fork()
    if child == 0:
        signal.set()
        os._exit(0)
    assert signal.wait(20.0)
    os.waitpid(child, 0)
