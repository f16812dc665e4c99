"""Celery does what the embedded worker does, and no loss in Redis or of a process loses any of it."""

from __future__ import annotations

import base64
import json
import pickle
import signal
from typing import TYPE_CHECKING
from uuid import uuid4

import psutil
import pytest
from sqlalchemy import select

from portal.infra.broker import PREFIX, BrokerQueue, message
from portal.infra.outbox import CLAIM, OutboxMessage
from portal.infra.queue import Lane
from portal.jobs.delivery import deliver_due
from portal.jobs.rounds import SWEEP_SECONDS
from tests.jobs.farm import LEASE_SECONDS, Farm, running_farm
from tests.support.portals import MovableClock, open_portal
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Databases


@pytest.fixture(scope="module")
def farm(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """On PostgreSQL, where more than one process works in earnest."""
    folder = tmp_path_factory.mktemp("farm")
    with databases.fresh("postgresql", folder) as url, running_farm(url, folder) as running:
        yield running


def envelope(*, body: bytes, content_type: str = "application/json", task: str) -> str:
    """As a stranger who can write to Redis would put a message there."""
    sent = {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "binary" if "pickle" in content_type else "utf-8",
        "content-type": content_type,
        "headers": message(task)["headers"],
        "properties": {
            "correlation_id": str(uuid4()),
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "prompt"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }
    return json.dumps(sent)


class Evil:
    """Whoever unpickles it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self._path), "w")


def test_messages_that_are_not_ours_are_refused_and_the_worker_goes_on(farm: Farm, tmp_path: Path) -> None:
    worker, trap = farm.worker(), tmp_path / "trap"
    arguments = json.dumps([["rm", "-rf"], {"job": 1}, {}]).encode()
    for sent in (
        envelope(
            body=pickle.dumps(Evil(trap)),
            content_type="application/x-python-serialize",
            task="portal.deliver_prompt",
        ),
        envelope(body=b"[[], {}, {}]", task="os.system"),
        envelope(body=arguments, task="portal.deliver_prompt"),
        envelope(body=b"{not json", task="portal.deliver_prompt"),
    ):
        farm.broker.lpush(f"{PREFIX}prompt", sent)
    farm.write_letters("after@example.org")
    assert BrokerQueue(farm.redis.url).send("deliver_prompt", lane=Lane.PROMPT)
    farm.post.wait_for("after@example.org", seconds=20)
    assert not trap.exists()
    wait_until(lambda: 'kind="mail",outcome="done"} 1.0' in farm.metrics(), what="a number for Prometheus")
    said = " ".join(str(line.get("event")) for line in farm.log(worker))
    assert "Refusing to deserialize" in said
    assert "Received unregistered task of type 'os.system'" in said
    assert farm.broker.llen(f"{PREFIX}prompt") == 0


def test_one_of_two_beats_leads_and_what_redis_forgets_is_done_all_the_same(farm: Farm) -> None:
    beats = [farm.beat(), farm.beat()]
    farm.worker()
    wait_until(lambda: all(farm.log(beat) for beat in beats), what="both beats", seconds=30)
    said = {beat: [line["event"] for line in farm.log(beat)] for beat in beats}
    assert sorted(said.values()) == [["beat_leads"], ["beat_waits"]]
    leader, other = sorted(beats, key=lambda beat: said[beat])

    addresses = [f"p{number:02}@example.org" for number in range(25)]
    farm.write_letters(*addresses)
    farm.broker.flushall()
    wait_until(
        lambda: all(farm.post.to(address) for address in addresses),
        what="all mail",
        seconds=SWEEP_SECONDS + 10,
    )
    assert all(len(farm.post.to(address)) == 1 for address in addresses)

    farm.kill(leader)
    farm.wait_for_line(other, "beat_leads", seconds=LEASE_SECONDS + 3)
    farm.kill(other)


def test_a_killed_worker_loses_nothing_and_the_copy_is_the_same_mail(farm: Farm) -> None:
    worker = farm.worker()
    farm.post.may_answer.clear()
    farm.write_letters("held@example.org")
    BrokerQueue(farm.redis.url).announce()
    first = farm.post.wait_for("held@example.org")
    farm.kill(worker)
    farm.post.may_answer.set()
    # nobody else has it until the claim of the dead is over
    assert deliver_due(farm.portal) == 0
    later = MovableClock()
    later.advance(seconds=CLAIM.total_seconds() + 1)
    with open_portal(farm.portal.settings, later) as portal:
        assert deliver_due(portal) == 1
        assert deliver_due(portal) == 0
    again = farm.post.wait_for("held@example.org", count=2)
    assert again["Message-ID"] == first["Message-ID"]


def test_a_worker_that_is_asked_to_end_finishes_what_it_has_in_hand(farm: Farm) -> None:
    worker = farm.worker()
    farm.post.may_answer.clear()
    farm.write_letters("inhand@example.org")
    BrokerQueue(farm.redis.url).announce()
    farm.post.wait_for("inhand@example.org")
    psutil.Process(worker.pid).send_signal(signal.SIGTERM)
    wait_until(lambda: "shutdown" in farm.text(worker), what="word of the end")
    assert worker.is_running
    farm.post.may_answer.set()
    wait_until(lambda: not worker.is_running, what="end of the worker", seconds=15)
    with farm.portal.reading() as session:
        done = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert done is not None
    assert done.delivered_at is not None
    assert len(farm.post.to("inhand@example.org")) == 1
