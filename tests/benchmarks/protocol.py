"""What each request of the protocol costs the portal's process; by hand:

    .venv/bin/python -m tests.benchmarks.protocol [sqlite | postgresql] [--tokens 1000000] [--rounds 5]
                                                  [--only refresh] [--profile]

Requests are made in the process by a bare WSGI caller, one after the other, against a database on a disk that is waited
for. Figures are milliseconds of processor time, for on a busy machine the clock says little: the best round, the median
and the worst. The database's own work is in them on SQLite only. Passwords are hashed cheaply: a hash comes on top.
"""

import argparse
import cProfile
import gc
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from portal.app import create_app
from portal.infra.ids import new_id
from tests.benchmarks.protocol_rows import Rows
from tests.support.many_tokens import fill_with_tokens
from tests.support.portals import cheap_settings, prepare
from tests.support.services import POSTGRESQL_OPTIONS, Services

DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
REPEATS: Final = 60
YARD_SECONDS: Final = 0.0125
"""Of `yardstick` on the machine of docs/performance.md, with nothing else running."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", nargs="?", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--tokens", type=int, default=0, help="rows in the tables of tokens beforehand")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="one request instead of all")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    options = parser.parse_args()
    POSTGRESQL_OPTIONS.update(DURABLE)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder, database(options.kind, folder) as url:
        prepare(url, Path(folder))
        app = create_app(cheap_settings(url, Path(folder), log_level="WARNING"))
        portal = app.extensions["portal"]
        rows = Rows(app).all()
        if options.tokens:
            fill_with_tokens(portal, options.tokens)
        gc.freeze()  # as a worker does
        for name, request in rows.items():
            if options.only in {None, name}:
                write(f"{options.kind:11}{name:22}{measure(request, options.rounds)}")
                if options.profile:
                    profile(request)
        portal.engine.dispose()


def write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def database(kind: str, folder: str) -> Iterator[str]:
    """An empty one, whose commits wait for the disk."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/portal.db"
        return
    services = Services(Path(folder) / "services")
    services.folder.mkdir()
    Path(folder).chmod(0o711)
    try:
        server, name = services.postgresql(), f"bench_{new_id().hex}"
        with psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server}/{name}"
    finally:
        services.stop()


def measure(request: Callable[[], None], rounds: int) -> str:
    """Milliseconds of processor time of this process for one request."""
    for _ in range(REPEATS // 4):
        request()
    found, slowness = [], [yardstick()]
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        for _ in range(REPEATS):
            request()
        found.append((time.process_time() - start) * 1000 / REPEATS)
        slowness.append(yardstick())
    found.sort()
    at_rest = found[0] / min(slowness)
    spread = f"median {found[len(found) // 2]:.2f}, worst {found[-1]:.2f}"
    return f"{found[0]:8.2f} ms   ({spread}); on a machine at rest about {at_rest:.2f}"


def yardstick() -> float:
    """How many times as long as at rest this machine takes just now for plain Python."""
    start = time.process_time()
    for number in range(200_000):
        str(number)
    return (time.process_time() - start) / YARD_SECONDS


def profile(request: Callable[[], None]) -> None:
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for _ in range(3 * REPEATS):
        request()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumtime").print_stats(110)


if __name__ == "__main__":
    main()
