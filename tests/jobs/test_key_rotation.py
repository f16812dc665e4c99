"""Signing keys change by themselves: in time, once, and never before apps could know the next one."""

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from portal.bootstrap import Portal
from portal.grants.models import SigningKey
from portal.grants.repository import SigningKeys
from portal.grants.rules.key_life import KNOWN_AFTER
from portal.grants.usecases.keys import revoke_signing_key
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import ALGORITHMS, new_key
from portal.infra.ids import new_id
from portal.infra.outbox import Outbox, OutboxMessage
from portal.jobs.key_rotation import KEY_ROTATION, promise_rotation, rotate_keys
from portal.oauth.documents import KEEP_SECONDS
from tests.support.history import history

if TYPE_CHECKING:
    from tests.support.portals import MovableClock

ROOT = __file__.rpartition("/tests/")[0]


def keys(portal: Portal) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    with portal.reading() as session:
        for key in SigningKeys(session).all():
            found.setdefault((key.algorithm, key.state), []).append(key.kid)
    return found


def tend(portal: Portal) -> None:
    now = portal.ports.clock.now()
    rotate_keys(
        portal, OutboxMessage(id=new_id(), kind=KEY_ROTATION, payload={}, created_at=now, available_at=now)
    )


def only_ec_is_due(portal: Portal, clock: "MovableClock") -> None:
    """RSA keys take a while to make, and say nothing more."""
    with portal.unit_of_work(SYSTEM) as uow:
        rsa = update(SigningKey).where(SigningKey.algorithm.in_(("RS256", "PS256")))
        uow.session.execute(rsa.values(activated_at=clock.now() + timedelta(days=3650)))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_processes_at_once_rotate_each_key_once(portal: Portal, clock: "MovableClock") -> None:
    only_ec_is_due(portal, clock)
    before = keys(portal)
    command = [sys.executable, "-m", "tests.support.rotating", portal.settings.database_url]
    command += [str(portal.settings.instance_dir), "91"]
    racers = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = [racer.communicate(timeout=60) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0], said
    after = keys(portal)
    for algorithm in ("ES256", "EdDSA"):
        assert after[algorithm, "active"] == before[algorithm, "next"]
        assert after[algorithm, "retired"] == before[algorithm, "active"]
        assert len(after[algorithm, "next"]) == 1
    assert len(history(portal, "keys.rotated")) == 2


def test_the_second_of_two_finds_nothing_to_do(portal: Portal, clock: "MovableClock") -> None:
    only_ec_is_due(portal, clock)
    clock.advance(days=91)
    tend(portal)
    once = keys(portal)
    tend(portal)
    assert keys(portal) == once
    assert len(history(portal, "keys.rotated")) == 2


def test_a_next_key_signs_only_once_every_app_could_know_it(portal: Portal, clock: "MovableClock") -> None:
    """Longer than a copy of the JWKS may be kept, many times over."""
    assert KNOWN_AFTER.total_seconds() >= 12 * KEEP_SECONDS
    only_ec_is_due(portal, clock)
    clock.advance(days=91)
    leaked = keys(portal)["ES256", "next"][0]
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, leaked, reason="leaked", replacement=new_key("ES256"))
    fresh = keys(portal)["ES256", "next"]
    tend(portal)
    assert keys(portal)["ES256", "next"] == fresh, "due by age, and known to nobody"
    clock.advance(hours=24)
    tend(portal)
    assert keys(portal)["ES256", "active"] == fresh


def test_a_missing_next_key_is_made_within_the_hour(portal: Portal) -> None:
    gone = keys(portal)["EdDSA", "next"][0]
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, gone, reason="leaked")
    assert ("EdDSA", "next") not in keys(portal)
    with portal.unit_of_work(SYSTEM) as uow:
        promise_rotation(uow)
        promise_rotation(uow)
        assert Outbox(uow.session).backlog(at=uow.now) == 1, "promised once"
    tend(portal)
    assert len(keys(portal)["EdDSA", "next"]) == 1


@pytest.mark.settings(key_rotation_days=0)
def test_a_portal_that_is_told_not_to_rotates_nothing(portal: Portal, clock: "MovableClock") -> None:
    before = keys(portal)
    clock.advance(days=3650)
    with portal.unit_of_work(SYSTEM) as uow:
        promise_rotation(uow)
        assert Outbox(uow.session).backlog(at=uow.now) == 0
    tend(portal)
    assert keys(portal) == before
    assert {algorithm for algorithm, _ in before} == set(ALGORITHMS)


@pytest.mark.settings(key_rotation_days=7)
def test_the_setting_says_how_long_a_key_signs(portal: Portal, clock: "MovableClock") -> None:
    only_ec_is_due(portal, clock)
    clock.advance(days=6, hours=23)
    tend(portal)
    assert ("ES256", "retired") not in keys(portal)
    clock.advance(hours=1)
    tend(portal)
    assert len(keys(portal)["ES256", "retired"]) == 1
