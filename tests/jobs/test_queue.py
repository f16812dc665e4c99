"""Word of work: what it may say, what it costs where Redis is away, and who is not loaded for it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from portal.infra.actor import SYSTEM
from portal.infra.broker import MOST_WAITING, PREFIX, REST_SECONDS, BrokerQueue, broker_address
from portal.infra.queue import JobQueue, Lane, delivery_of
from portal.infra.settings import SettingsError, load_settings
from portal.jobs.announcer import Announcer
from portal.jobs.background import background_of
from portal.jobs.rounds import ROUNDS
from portal.jobs.worker import Worker
from tests.infra.redis_server import OwnRedis
from tests.support.portals import cheap_settings, open_portal
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal.bootstrap import Portal
    from tests.support.databases import Databases


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    with OwnRedis(tmp_path) as server:
        yield server


@pytest.fixture
def portal(databases: Databases, tmp_path: Path, redis: OwnRedis) -> Iterator[Portal]:
    """Of one that leaves its work to Celery; what is said to Redis does not depend on the database."""
    with databases.fresh("sqlite", tmp_path) as url:
        settings = cheap_settings(url, tmp_path / "instance", jobs="celery", redis_url=redis.url)
        settings.instance_dir.mkdir()
        with open_portal(settings) as opened:
            yield opened


def waiting(redis: OwnRedis) -> list[str]:
    """Everything that Redis holds of ours, as it lies there."""
    with Redis.from_url(redis.url, decode_responses=True) as client:
        return [text for lane in Lane for text in client.lrange(f"{PREFIX}{lane}", 0, -1)]


def tasks(redis: OwnRedis) -> set[str]:
    return {json.loads(text)["headers"]["task"] for text in waiting(redis)}


def test_a_web_process_sends_word_after_a_commit_and_word_says_nothing(
    portal: Portal, redis: OwnRedis
) -> None:
    background = background_of(portal)
    assert isinstance(background, Announcer)
    background.start()
    try:
        with portal.unit_of_work(SYSTEM) as uow:
            link = "https://id.example.org/recover/mlt_0352el6Wf5Dtp3XYZ6zCX0_MKxS3v5Iu4t9bPkm"
            context = {"link": link, "expires_minutes": 30, "ip": "192.0.2.7", "browser": "Firefox"}
            uow.ports.letters.send(uow, "recover_password", to="maya@example.org", context=context)
            promised = uow.enqueue("recovery_mail", {"email": "devon@example.org"}).id
        wait_until(lambda: len(tasks(redis)) == len(Lane), what="word for each lane")
    finally:
        background.stop()
    assert tasks(redis) == {f"portal.{delivery_of(lane)}" for lane in Lane}
    for text in waiting(redis):
        sent = json.loads(text)
        assert sent["content-type"] == "application/json"
        arguments, named, _ = json.loads(base64.b64decode(sent["body"]))
        assert (arguments, named) == ([], {})
        for private in ("example.org", "mlt_", "192.0.2.7", str(promised), promised.hex):
            assert private not in text


def test_without_workers_word_does_not_pile_up(redis: OwnRedis) -> None:
    queue = BrokerQueue(redis.url)
    for _ in range(MOST_WAITING + 5):
        assert queue.send("deliver_long", lane=Lane.LONG)
    assert len(waiting(redis)) == MOST_WAITING
    queue.close()


def test_a_redis_that_is_away_is_left_alone_for_a_while_and_found_again(redis: OwnRedis) -> None:
    now = [100.0]
    queue = BrokerQueue(redis.url, now=lambda: now[0])
    assert queue.send("deliver_prompt", lane=Lane.PROMPT)
    redis.stop()
    assert not queue.send("deliver_prompt", lane=Lane.PROMPT)
    redis.start()
    assert not queue.send("deliver_prompt", lane=Lane.PROMPT)
    now[0] += REST_SECONDS
    assert queue.send("deliver_prompt", lane=Lane.PROMPT)
    assert len(waiting(redis)) == 1
    queue.close()


def test_without_redis_the_web_goes_on(portal: Portal, redis: OwnRedis) -> None:
    background = background_of(portal)
    redis.stop()
    background.start()
    with portal.unit_of_work(SYSTEM) as uow:
        promised = uow.enqueue("recovery_mail", {"email": "devon@example.org"}).id
    background.stop()
    with portal.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM outbox_messages").scalar() == 1
    assert promised.version == 7


def test_where_the_web_processes_work_themselves_they_load_no_celery(
    databases: Databases, tmp_path: Path
) -> None:
    look = "import sys, wsgi; print(sorted({'celery', 'kombu', 'strawberry', 'graphql'} & set(sys.modules)))"
    environment = {"PATH": "/usr/bin:/bin", "PORTAL_INSTANCE_DIR": str(tmp_path / "instance")}
    done = subprocess.run(
        [sys.executable, "-c", look], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["[]"]
    assert done.returncode == 0, done.stderr


def test_by_default_they_do(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("sqlite", tmp_path) as url, open_portal(cheap_settings(url, tmp_path)) as portal:
        assert isinstance(background_of(portal), Worker)


def test_celery_needs_a_broker() -> None:
    with pytest.raises(SettingsError, match="PORTAL_JOBS=celery needs PORTAL_REDIS_URL"):
        load_settings({"PORTAL_JOBS": "celery"})


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("redis://h:6379/2", "redis://h:6379/2"),
        ("rediss://:p@h/0", "rediss://:p@h/0?ssl_cert_reqs=required&ssl_check_hostname=true"),
        (
            "rediss://h/0?ssl_ca_certs=/etc/ca.pem",
            "rediss://h/0?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=%2Fetc%2Fca.pem",
        ),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
    ],
)
def test_the_address_of_redis_means_the_same_to_the_broker(given: str, meant: str) -> None:
    assert broker_address(given) == meant


def test_every_round_is_a_task_without_arguments() -> None:
    assert {entry.name for entry in ROUNDS} >= {delivery_of(lane) for lane in Lane}
    assert all(entry.name.isidentifier() and entry.seconds >= 1 for entry in ROUNDS)
    queue: JobQueue = BrokerQueue("redis://127.0.0.1:1/0")
    queue.announce()
