"""Signing keys: made once, known before they sign, forgotten when they are revoked."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.bootstrap import Portal
from portal.grants.models import SigningKey
from portal.grants.repository import SigningKeys
from portal.grants.services import ensure_signing_keys
from portal.grants.services.key_ring import CHECK_SECONDS, KeyRing
from portal.grants.usecases.keys import revoke_signing_key, rotate_signing_key
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import ALGORITHMS, Algorithm, TokenRefused, new_key
from tests.support.portals import MovableClock

CLAIMS = {"iss": "http://localhost", "sub": "somebody", "aud": "an app", "iat": 1, "exp": 2}


class Seconds:
    """A stopwatch that a test turns on."""

    def __init__(self) -> None:
        self.value = 1000.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def ring(portal: Portal, seconds: Seconds) -> KeyRing:
    return KeyRing(portal.reading, portal.ports.signers, seconds=seconds)


def _kids(ring: KeyRing) -> set[str]:
    return {key["kid"] for key in json.loads(ring.jwks)["keys"]}


def _kid(portal: Portal, algorithm: str, state: str) -> str:
    with portal.reading() as session:
        key = SigningKeys(session).in_state(algorithm, state)
    assert key is not None
    return key.kid


def _rotate(portal: Portal, algorithm: Algorithm = "ES256") -> None:
    fresh = new_key(algorithm)
    with portal.unit_of_work(SYSTEM) as uow:
        rotate_signing_key(uow, fresh)


def test_a_start_makes_one_signing_key_and_one_next_key_of_each_algorithm(portal: Portal) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        ensure_signing_keys(uow)
        ensure_signing_keys(uow)
    with portal.reading() as session:
        found = sorted((key.algorithm, key.state) for key in SigningKeys(session).all())
    assert found == [(algorithm, state) for algorithm in sorted(ALGORITHMS) for state in ("active", "next")]


def test_two_processes_that_start_at_once_make_the_keys_once(portal: Portal) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("DELETE FROM signing_keys"))

    def start(_number: int) -> None:
        with portal.unit_of_work(SYSTEM) as uow:
            ensure_signing_keys(uow)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    with portal.reading() as session:
        assert len(SigningKeys(session).all()) == 2 * len(ALGORITHMS)


def test_the_jwks_shows_public_halves_only(ring: KeyRing) -> None:
    keys = json.loads(ring.jwks)["keys"]
    assert {key["alg"] for key in keys} == set(ALGORITHMS)
    assert all(key["use"] == "sig" and key["kid"] for key in keys)
    private = {"d", "p", "q", "dp", "dq", "qi", "k"}
    assert [key for key in keys if private & set(key)] == []
    assert all(len(key["n"]) == 512 for key in keys if key["kty"] == "RSA"), "3072 bits"


def test_the_private_half_is_sealed_to_its_row(portal: Portal, ring: KeyRing) -> None:
    ring.sign(CLAIMS, algorithm="ES256", typ="JWT")
    with portal.unit_of_work(SYSTEM) as uow:
        es256 = {"active": _row(uow.session, "active"), "next": _row(uow.session, "next")}
        assert all(row.sealed_private_key.startswith("v1.") for row in es256.values())
        es256["active"].sealed_private_key = es256["next"].sealed_private_key
    moved = KeyRing(portal.reading, portal.ports.signers)
    with pytest.raises(Exception, match="can't be opened"):
        moved.sign(CLAIMS, algorithm="ES256", typ="JWT")


def _row(session: Session, state: str) -> SigningKey:
    return session.scalars(
        select(SigningKey).where(SigningKey.algorithm == "ES256", SigningKey.state == state)
    ).one()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signature_verifies_and_a_rotated_key_still_does(
    portal: Portal, ring: KeyRing, algorithm: Algorithm
) -> None:
    before = ring.sign(CLAIMS, algorithm=algorithm, typ="JWT")
    known = _kids(ring)
    _rotate(portal, algorithm)
    ring.reload()
    after = ring.sign(CLAIMS, algorithm=algorithm, typ="JWT")
    assert ring.verify(before, typ="JWT")["sub"] == ring.verify(after, typ="JWT")["sub"] == "somebody"
    assert _kid(portal, algorithm, "active") in known, "clients knew the key before it signed"
    assert _kid(portal, algorithm, "next") in _kids(ring) - known


def test_a_revoked_key_verifies_nothing_and_leaves_the_jwks(portal: Portal, ring: KeyRing) -> None:
    token = ring.sign(CLAIMS, algorithm="ES256", typ="JWT")
    old = _kid(portal, "ES256", "active")
    _rotate(portal)
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, old, reason="leaked")
    ring.reload()
    assert old not in _kids(ring)
    with pytest.raises(TokenRefused):
        ring.verify(token, typ="JWT")
    with portal.reading() as session:
        row = SigningKeys(session).by_kid(old)
    assert row is not None
    assert row.sealed_private_key == "", "the private half is forgotten"


def test_a_rotation_elsewhere_is_noticed_without_a_statement_of_the_request(
    portal: Portal, ring: KeyRing, seconds: Seconds
) -> None:
    known = _kids(ring)
    _rotate(portal)
    assert _kids(ring) == known, "a fresh copy is not questioned"
    seconds.value += CHECK_SECONDS + 0.1
    assert _kids(ring) == known, "the request that is due to look is answered from the copy"
    ring._checking.acquire(timeout=5)
    ring._checking.release()
    assert len(_kids(ring) - known) == 1


def test_a_made_up_kid_costs_one_look_a_second(portal: Portal, ring: KeyRing, seconds: Seconds) -> None:
    stranger = KeyRing(portal.reading, portal.ports.signers)
    _rotate(portal)
    fresh = stranger.sign(CLAIMS, algorithm="ES256", typ="JWT")
    _kids(ring)
    with portal.unit_of_work(SYSTEM) as uow:
        rows = [key.kid for key in SigningKeys(uow.session).published()]
    assert len(rows) == 9
    seconds.value += 1.1
    assert ring.verify(fresh, typ="JWT")["sub"] == "somebody"


def test_time_stands_in_the_row(portal: Portal, clock: MovableClock) -> None:
    clock.advance(days=1)
    _rotate(portal)
    with portal.reading() as session:
        retired = [key for key in SigningKeys(session).all() if key.state == "retired"]
        active = SigningKeys(session).in_state("ES256", "active")
    assert active is not None
    assert retired[0].retired_at is not None
    assert retired[0].retired_at == active.activated_at
    assert clock.now() - retired[0].retired_at < timedelta(minutes=1)
