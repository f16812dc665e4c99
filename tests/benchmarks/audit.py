"""How fast history is written, sealed and verified; by hand, on an idle machine:

    .venv/bin/python -m tests.benchmarks.audit [sqlite | postgresql] [--entries 50000] [--rounds 3]

Nothing is asserted: the figures go into docs/performance.md, with the machine they were taken on.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from portal.audit.services.checkpoints import public_keys
from portal.audit.services.verifying import Verifier
from portal.audit.services.verifying_together import Together
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM, Actor
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from portal.jobs.sealing import SealingThread, keeper_of
from tests.support.portals import cheap_settings, open_portal, prepare
from tests.support.services import POSTGRESQL_OPTIONS, Services

WRITERS = 4
SINGLE_SECONDS = 4.0
PEOPLE = [new_id() for _ in range(200)]
KESTREL = Ref("client", new_id(), "Kestrel CI")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


class Measured(Event):
    """What signing in to an app writes: a person, an app, and a few details."""

    label = "test.measured"


def write(portal: Portal, number: int, *, entries: int = 1) -> None:
    """One transaction."""
    person = PEOPLE[number % len(PEOPLE)]
    actor = Actor(
        kind="user", id=person, label="maya.okafor", ip="203.0.113.7", user_agent=BROWSER, session_id=person,
        request_id="req_0123456789abcdef0123",
    )  # fmt: skip
    with portal.unit_of_work(actor) as uow:
        for _ in range(entries):
            touched = (Ref("user", person, "maya.okafor"), KESTREL)
            uow.publish(Measured(touched=touched, details={"scope": "openid profile email"}))


def transactions_a_second(portal: Portal) -> float:
    """Of `WRITERS` threads, one entry in each transaction."""
    ends, counts = time.perf_counter() + SINGLE_SECONDS, [0] * WRITERS

    def keep_writing(writer: int) -> None:
        while time.perf_counter() < ends:
            write(portal, counts[writer])
            counts[writer] += 1

    threads = [Thread(target=keep_writing, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SINGLE_SECONDS


def beside_a_sealer(portal: Portal) -> float:
    sealer = SealingThread(portal)
    sealer.start()
    try:
        return transactions_a_second(portal)
    finally:
        sealer.stop()


def fill(portal: Portal, entries: int) -> float:
    began = time.perf_counter()
    for number in range(entries // 100):
        write(portal, number, entries=100)
    return entries / (time.perf_counter() - began)


def sealed_a_second(portal: Portal) -> float:
    began = time.perf_counter()
    count = keeper_of(portal).seal_waiting()
    return count / (time.perf_counter() - began)


def verified_a_second(portal: Portal) -> float:
    began = time.perf_counter()
    verdict = Verifier(portal.reading, public_keys(portal.ports.sealer)).run()
    if verdict.problem is not None:
        raise SystemExit(verdict.problem.text)
    return verdict.entries / (time.perf_counter() - began)


def verified_together(portal: Portal) -> float:
    """As `portal audit verify` does it."""
    began = time.perf_counter()
    whole = Together(
        reading=portal.reading,
        keys=public_keys(portal.ports.sealer),
        in_child=portal.after_fork,
        processes=os.cpu_count() or 1,
    ).run()
    if whole.problem is not None:
        raise SystemExit(whole.problem.text)
    return whole.entries / (time.perf_counter() - began)


@contextmanager
def fresh_portal(kind: str, services: Services, folder: Path) -> Iterator[Portal]:
    url = f"sqlite:///{folder / 'portal.db'}"
    if kind == "postgresql":
        import psycopg  # noqa: PLC0415

        name = f"bench_{new_id().hex}"
        server = services.postgresql()
        with psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = f"{server}/{name}"
    prepare(url, folder)
    with open_portal(cheap_settings(url, folder)) as portal:
        with portal.unit_of_work(SYSTEM) as uow:
            uow.publish(Measured())
        yield portal


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", nargs="?", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    gc.disable()  # as `portal audit verify` does
    # on a disk that is waited for, unlike in the tests
    POSTGRESQL_OPTIONS.update(fsync="on", synchronous_commit="on", full_page_writes="on")
    found: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            Path(folder).chmod(0o755)  # where root measures, PostgreSQL runs as somebody else
            services = Services(Path(folder) / "services")
            services.folder.mkdir()
            try:
                with fresh_portal(options.kind, services, Path(folder)) as portal:
                    for name, measure in steps(options.entries):
                        found.setdefault(name, []).append(measure(portal))
            finally:
                services.stop()
    for name, figures in found.items():
        low, middle, high = min(figures), sorted(figures)[len(figures) // 2], max(figures)
        sys.stdout.write(f"{options.kind:11} {name:48} {middle:10,.0f}/s   ({low:,.0f} to {high:,.0f})\n")


def steps(entries: int) -> list[tuple[str, Callable[[Portal], float]]]:
    return [
        (f"transactions with one entry, {WRITERS} threads", transactions_a_second),
        ("the same beside a sealer", beside_a_sealer),
        ("entries, 100 in a transaction", lambda portal: fill(portal, entries)),
        ("sealed", sealed_a_second),
        ("verified by one process", verified_a_second),
        ("verified on all cores", verified_together),
    ]


if __name__ == "__main__":
    main()
