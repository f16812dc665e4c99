"""A sealer that is killed in the midst of its work, again and again and under load, loses nothing and doubles nothing.

`PORTAL_TEST_KILLS=50` makes it as many; the suite has a few. Sealers are forked from a program that has imported the
portal already, so a kill costs a moment and not a start.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.audit.models import Seal
from portal.jobs.sealing import keeper_of
from tests.audit.steps import live, verify
from tests.audit.test_sealing import counts, is_gapless

if TYPE_CHECKING:
    from portal.bootstrap import Portal

KILLS = int(os.environ.get("PORTAL_TEST_KILLS", "4"))
WRITERS = 2
SEALERS = """
import os, pathlib, sys, time
from portal.jobs.sealing import keeper_of
from tests.support.portals import cheap_settings, open_portal
for _ in sys.stdin:
    if child := os.fork():
        print(child, flush=True)
        os.waitpid(child, 0)
        continue
    with open_portal(cheap_settings(sys.argv[1], pathlib.Path(sys.argv[2]))) as portal:
        print("sealing", flush=True)
        ends = time.monotonic() + 60  # should nobody be left to kill it
        while time.monotonic() < ends:
            keeper_of(portal).seal_waiting()
"""


@contextmanager
def sealers(portal: "Portal", database_url: str) -> "Iterator[subprocess.Popen[str]]":
    """Writes the number of the next sealer, and when it has begun, for each line that it reads."""
    command = [sys.executable, "-c", SEALERS, database_url, str(portal.settings.instance_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forking:
        try:
            yield forking
        finally:
            assert forking.stdin is not None
            forking.stdin.close()
            forking.wait(10)


def next_sealer(forking: "subprocess.Popen[str]") -> int:
    """The process that seals from now on."""
    assert forking.stdin is not None
    assert forking.stdout is not None
    forking.stdin.write("\n")
    forking.stdin.flush()
    said = {forking.stdout.readline().strip() for _ in range(2)}
    assert "sealing" in said
    return int((said - {"sealing"}).pop())


@contextmanager
def load(portal: "Portal") -> Iterator[list[int]]:
    """Writers that never stop; how many of their entries were acknowledged, for each of them, once they have."""
    done, acknowledged = Event(), [0] * WRITERS

    def keep_writing(writer: int) -> None:
        while not done.is_set():
            live(portal, 3)
            acknowledged[writer] += 3
            done.wait(0.01)

    threads = [Thread(target=keep_writing, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield acknowledged
    finally:
        done.set()
        for thread in threads:
            thread.join()


def await_links(portal: "Portal", *, beyond: int) -> int:
    """How many there are once there are more."""
    patience = time.monotonic() + 20
    while (links := head(portal)) <= beyond:
        assert time.monotonic() < patience, "nothing is sealed"
        time.sleep(0.005)
    return links


def head(portal: "Portal") -> int:
    with portal.reading() as session:
        return session.scalar(select(func.max(Seal.position))) or 0


@pytest.mark.timeout(30 + 10 * KILLS)
def test_killed_sealers_lose_nothing_and_double_nothing(portal: "Portal", database_url: str) -> None:
    before, chance = counts(portal)[0], random.Random(7)  # noqa: S311 - the same moments each time
    links = 0
    with sealers(portal, database_url) as forking, load(portal) as acknowledged:
        for _ in range(KILLS):
            sealer = next_sealer(forking)
            links = await_links(portal, beyond=links)
            time.sleep(chance.uniform(0, 0.03))
            os.kill(sealer, signal.SIGKILL)
    keeper_of(portal).seal_waiting()
    entries, links, waiting = counts(portal)
    assert entries == before + sum(acknowledged)
    assert (links, waiting) == (entries, 0)
    assert is_gapless(portal)
    assert verify(portal).problem is None
