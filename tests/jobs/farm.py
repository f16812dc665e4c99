"""Celery as an operator runs it: `portal worker` and `portal beat`, with a Redis and a mail server of their own."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx
import psutil
from redis import Redis

from portal.infra.actor import SYSTEM
from tests.infra.redis_server import OwnRedis
from tests.support.live import CHEAP, PORTAL_COMMAND, ROOT
from tests.support.portals import MASTER_KEY, SECRET_KEY, cheap_settings, open_portal
from tests.support.post import PostOffice
from tests.support.processes import Program, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from portal.bootstrap import Portal

LEASE_SECONDS = 2


class SlowPost(PostOffice):
    """Keeps each mail as it comes, and lets the sender wait for its answer until it `may_answer`."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = threading.Event()
        self.may_answer.set()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.to_thread(self.may_answer.wait)
        return answer


class Farm:
    """One portal in this process, and the programs that work for it elsewhere."""

    def __init__(self, portal: Portal, redis: OwnRedis, post: SlowPost, folder: Path) -> None:
        self.portal = portal
        self.redis = redis
        self.post = post
        self.metrics_port = free_port()
        self._folder = folder
        self._programs: list[Program] = []
        self._worker: Program | None = None

    @property
    def broker(self) -> Redis:
        return Redis.from_url(self.redis.url)

    def worker(self) -> Program:
        """The one that runs, or a new one."""
        if self._worker is None or not self._worker.is_running:
            self._worker = self._start("worker", "--processes=1")
            self.wait_for_line(self._worker, " ready.")
        return self._worker

    def metrics(self) -> str:
        """What the worker tells Prometheus."""
        return httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics", trust_env=False).text

    def beat(self) -> Program:
        """One more; whether it leads is in its log."""
        return self._start("beat")

    def wait_for_line(self, program: Program, words: str, *, seconds: float = 30) -> None:
        wait_until(
            lambda: any(words in str(line.get("event")) for line in self.log(program)),
            what=f"“{words}” of {program.name}",
            seconds=seconds,
        )

    def log(self, program: Program) -> list[dict[str, object]]:
        lines = self.text(program).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def text(self, program: Program) -> str:
        return (self._folder / f"{self._programs.index(program)}.log").read_text(encoding="utf-8")

    def write_letters(self, *addresses: str) -> None:
        """Promised in the table; nobody sends word of it."""
        context = {"link": "https://id.example.org/recover/mlt_hidden", "expires_minutes": 30}
        with self.portal.unit_of_work(SYSTEM) as uow:
            for address in addresses:
                uow.ports.letters.send(
                    uow, "recover_password", to=address, context=context | {"ip": "", "browser": ""}
                )

    def kill(self, program: Program) -> None:
        """With all its children, and without a word."""
        head = psutil.Process(program.pid)
        for process in [*head.children(recursive=True), head]:
            process.send_signal(signal.SIGKILL)
        wait_until(lambda: not program.is_running, what=f"end of {program.name}")

    def stop(self) -> None:
        self.post.may_answer.set()
        for program in self._programs:
            program.stop(seconds=20)

    def _start(self, *words: str) -> Program:
        settings = self.portal.settings
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self._folder),
            "PORTAL_INSTANCE_DIR": str(settings.instance_dir),
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_SMTP_URL": self.post.url,
            "PORTAL_REDIS_URL": self.redis.url,
            "PORTAL_JOBS": "celery",
            "PORTAL_WORKER_METRICS_PORT": str(self.metrics_port),
            "PORTAL_BEAT_LEASE_SECONDS": str(LEASE_SECONDS),
            "PORTAL_MASTER_KEY": MASTER_KEY,
            "PORTAL_SECRET_KEY": SECRET_KEY,
            **CHEAP,
        }
        log = self._folder / f"{len(self._programs)}.log"
        program = Program.start([PORTAL_COMMAND, *words], log=log, port=0, cwd=ROOT, environment=environment)
        self._programs.append(program)
        return program


@contextmanager
def running_farm(database_url: str, folder: Path) -> Iterator[Farm]:
    """Nothing works yet: a test starts what it needs."""
    with ExitStack() as stack:
        redis, post = stack.enter_context(OwnRedis(folder)), stack.enter_context(SlowPost())
        settings = cheap_settings(database_url, folder / "instance", smtp_url=post.url)
        farm = Farm(stack.enter_context(open_portal(settings)), redis, post, folder)
        stack.callback(farm.stop)
        yield farm
