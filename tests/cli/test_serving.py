"""The parent of what serves: it stays small, replaces who dies, and lets code and settings be loaded anew."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from portal.cli.serving.loading import Loader, Teller
from portal.cli.serving.options import Options
from tests.support.live import LivePortal, running_portal
from tests.support.post import PostOffice
from tests.support.processes import wait_until

ROOT = Path(__file__).parents[2]
SMALL_BYTES = 12 * 2**20
"""A bare interpreter takes 8 of them, most of which it shares with whatever else is Python."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, post_office: PostOffice) -> Iterator[LivePortal]:
    folder = tmp_path_factory.mktemp("served")
    with running_portal(f"sqlite:///{folder / 'portal.db'}", folder, post_office) as portal:
        yield portal


def serving(portal: LivePortal) -> set[int]:
    """The processes that answer requests: the parent's children, once whoever has loaded for them is gone."""
    found = set()
    for child in psutil.Process(portal.program.pid).children():
        with suppress(psutil.NoSuchProcess):
            if child.children():
                return set()
            if child.status() != psutil.STATUS_ZOMBIE:
                found.add(child.pid)
    return found


def all_serve(portal: LivePortal, *, but: set[int]) -> bool:
    found = serving(portal)
    return len(found) == 2 and not found & but


def is_ready(portal: LivePortal) -> bool:
    return httpx.get(f"{portal.url}/ready", timeout=5, trust_env=False).status_code == 200


def test_the_parent_loads_nothing(served: LivePortal) -> None:
    """Each megabyte of it is one more of every portal, and nothing of it answers a request."""
    wait_until(lambda: all_serve(served, but=set()), what="two processes", seconds=20)
    assert psutil.Process(served.program.pid).memory_info().rss < SMALL_BYTES


def test_who_dies_is_replaced_with_all_who_share_its_memory(served: LivePortal) -> None:
    wait_until(lambda: all_serve(served, but=set()), what="two processes", seconds=20)
    before = serving(served)
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: all_serve(served, but=before), what="two others", seconds=40)
    assert is_ready(served)
    assert "was ended by signal 9" in served.log.read_text("utf-8")


def test_everything_is_loaded_anew_while_everybody_is_answered(served: LivePortal) -> None:
    wait_until(lambda: all_serve(served, but=set()), what="two processes", seconds=20)
    before = serving(served)
    os.kill(served.program.pid, signal.SIGHUP)
    answers = []
    with httpx.Client(trust_env=False, timeout=10) as visitor:
        end = time.monotonic() + 40
        while not all_serve(served, but=before):
            answers.append(visitor.get(f"{served.url}/health").status_code)
            assert time.monotonic() < end
            time.sleep(0.05)
    assert set(answers) == {200}
    assert served.log.read_text("utf-8").count("setup/") == 1, "what is done once was done again"


def test_what_cannot_be_loaded_anew_leaves_everything_as_it_was(served: LivePortal) -> None:
    """A key file that is gone, for instance: whoever has read it goes on."""
    wait_until(lambda: all_serve(served, but=set()), what="two processes", seconds=20)
    before = serving(served)
    key = served.instance / "secret.key"
    kept = key.read_text()
    key.write_text("no key")
    try:
        os.kill(served.program.pid, signal.SIGHUP)
        wait_until(
            lambda: "what was loaded before goes on" in served.log.read_text("utf-8"),
            what="refusal",
            seconds=40,
        )
    finally:
        key.write_text(kept)
    assert serving(served) == before
    assert is_ready(served)


def test_a_request_that_has_begun_is_answered_and_the_door_is_shut(tmp_path: Path, post: PostOffice) -> None:
    """After SIGTERM: nobody else gets in, and who is in is served."""
    with running_portal(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path, post) as portal:
        host, port = "127.0.0.1", int(portal.url.rpartition(":")[2])
        with socket.create_connection((host, port), timeout=20) as begun:
            begun.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
            time.sleep(0.3)  # so that it has been taken, and is being read
            os.kill(portal.program.pid, signal.SIGTERM)
            wait_until(lambda: not _opens(host, port), what="a shut door", seconds=20)
            begun.sendall(b"\r\n")
            assert begun.recv(100).startswith(b"HTTP/1.1 200")
        wait_until(lambda: not portal.program.is_running, what="the end", seconds=20)
    assert not list((portal.instance / "metrics").iterdir())


def _opens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


STAYING = """
import os, signal, sys, time
from portal.cli.serving.generation import _stay_with
parent = os.getpid()
if os.fork():
    time.sleep(60)
child = os.fork()
if not child:
    time.sleep(60)
print(child, flush=True)
_stay_with([child], parent=parent)
"""


def test_elsewhere_who_has_loaded_stays_and_ends_them_when_the_parent_is_gone() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STAYING], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running()


def test_a_loader_that_fails_is_known_by_its_code() -> None:
    loader = Loader(2, lambda _teller: 7)
    _until_its_end(loader)
    assert loader.exit_code() == 7


def test_a_loader_that_is_killed_half_way_has_failed_and_told_whom_it_had_forked() -> None:
    def work(teller: Teller) -> int:
        teller.tell(1, 4711)
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    loader = Loader(2, work)
    assert _until_its_end(loader) == [(1, 4711)]
    assert loader.exit_code() == 1


def test_a_loader_that_keeps_its_promise_has_code_0() -> None:
    def work(teller: Teller) -> int:
        teller.tell(0, 1)
        teller.tell(1, 2)
        return 0

    loader = Loader(2, work)
    assert _until_its_end(loader) == [(0, 1), (1, 2)]
    assert loader.exit_code() == 0
    os.waitpid(loader.pid, 0)


def _until_its_end(loader: Loader) -> list[tuple[int, int]]:
    born: list[tuple[int, int]] = []

    def has_ended() -> bool:
        born.extend(loader.born())
        return loader.has_ended

    wait_until(has_ended, what="end of the loader", seconds=10)
    return born


def test_options_survive_the_command_line() -> None:
    given = Options(
        address="::1",
        port=8000,
        workers=2,
        threads=4,
        log_format="json",
        drain_seconds=2.5,
        counters="/run/portal/metrics/1",
        prepared=True,
        certificate="/a=b.pem",
        key="/c.pem",
    )
    read = Options.read(given.arguments())
    assert {name: getattr(read, name) for name in Options.__slots__} == {
        name: getattr(given, name) for name in Options.__slots__
    }
