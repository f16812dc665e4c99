"""A signer outside: what it signs is what apps get, and what it gets wrong nobody gets."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from portal.infra.crypto.jose import ALGORITHMS, Algorithm, NewKey, Pen, compact, load_public_key, verify
from portal.infra.crypto.remote_signer import RemoteSigner, raw_signature
from portal.infra.crypto.sealing import Sealer
from portal.infra.crypto.signers import DatabaseSigner, HeldKey, Signers, SignerUnavailable
from tests.infra.certificates import Authority
from tests.support.key_service import TOKEN, KeyService, Mood, key_service

if TYPE_CHECKING:
    from structlog.typing import EventDict

SECONDS = 0.3


@pytest.fixture
def service(tmp_path: Path) -> Iterator[KeyService]:
    with key_service(tmp_path) as running:
        yield running


@pytest.fixture
def signer(service: KeyService) -> Iterator[RemoteSigner]:
    with closing(RemoteSigner(service.address, token=TOKEN, seconds=SECONDS)) as opened:
        yield opened


def held(key: NewKey) -> HeldKey:
    return HeldKey(
        kid=key.kid,
        algorithm=key.algorithm,
        public=load_public_key(key.public_jwk),
        signer=key.signer,
        sealed="",
        context="",
        signer_ref=key.signer_ref,
    )


def token_of(pen: Pen, key: NewKey) -> str:
    return compact({"sub": "rosa"}, pen, kid=key.kid, algorithm=key.algorithm, typ="JWT")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_made_outside_signs_tokens_that_anybody_can_verify(
    signer: RemoteSigner, algorithm: Algorithm
) -> None:
    key = signer.make(algorithm)
    assert (key.private_der, key.signer) == (b"", "remote")
    token = token_of(signer.pen(held(key)), key)
    public = load_public_key(key.public_jwk)
    assert verify(token, typ="JWT", find_key=lambda _kid: (public, algorithm)) == {"sub": "rosa"}


def test_a_key_that_is_there_already_is_taken_under_its_name(
    signer: RemoteSigner, service: KeyService
) -> None:
    name = service.make("ES256")
    key = signer.adopt(name, "ES256")
    assert key.signer_ref == name
    assert signer.pen(held(key))(b"something")
    with pytest.raises(SignerUnavailable):
        signer.adopt(name, "RS256")


def test_it_is_reached_by_tls_under_whoever_is_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with key_service(tmp_path, tls=authority.server("localhost")) as service:
        with closing(RemoteSigner(service.address, token=TOKEN, tls=authority.trust())) as signer:
            assert signer.make("ES256").signer_ref == "projects/portal/keys/1"
        stranger = RemoteSigner(service.address, token=TOKEN, tls=Authority(tmp_path).trust())
        with pytest.raises(SignerUnavailable), capture_logs() as logs, closing(stranger):
            stranger.make("ES256")
    assert failure(logs)["reason"] == "ConnectError"


def failure(logs: "list[EventDict]") -> "EventDict":
    (one,) = [entry for entry in logs if entry["event"] == "signer_failed"]
    return one


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        ("away", "status"),
        ("hanging", "timeout"),
        ("dripping", "timeout"),
        ("wrong", "wrong_signature"),
        ("raw", "signature_form"),
        ("no json", "json"),
        ("huge", "too_large"),
    ],
)
def test_whatever_goes_wrong_outside_ends_soon_with_a_clear_line_in_the_log(
    signer: RemoteSigner, service: KeyService, mood: Mood, reason: str
) -> None:
    key = signer.make("ES256")
    pen = signer.pen(held(key))
    service.mood = mood
    began = time.monotonic()
    with pytest.raises(SignerUnavailable) as failed, capture_logs() as logs:
        pen(b"something")
    assert time.monotonic() - began < SECONDS * 4
    line = failure(logs)
    assert (line["reason"], line["kid"], line["log_level"]) == (reason, key.kid, "error")
    assert failed.value.retry_after_seconds > 0
    assert TOKEN not in str(logs)


def test_it_works_again_when_the_signer_is_back(signer: RemoteSigner, service: KeyService) -> None:
    key = signer.make("ES256")
    pen = signer.pen(held(key))
    service.mood = "away"
    with pytest.raises(SignerUnavailable):
        pen(b"something")
    service.mood = "good"
    assert pen(b"something")


def test_a_signer_that_hangs_holds_nobody_longer_than_twice_its_time(
    signer: RemoteSigner, service: KeyService
) -> None:
    """Who finds every connection taken waits for one as long as for an answer, and not in a line."""
    pen = signer.pen(held(signer.make("ES256")))
    service.mood = "hanging"

    def ask(number: int) -> float:
        began = time.monotonic()
        with pytest.raises(SignerUnavailable):
            pen(b"something %d" % number)
        return time.monotonic() - began

    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(ask, range(20)))
    assert max(waits) < SECONDS * 4


def test_many_at_once_get_each_their_own_signature(signer: RemoteSigner) -> None:
    key = signer.make("EdDSA")
    pen, public = signer.pen(held(key)), load_public_key(key.public_jwk)

    def one(number: int) -> object:
        token = compact({"n": number}, pen, kid=key.kid, algorithm="EdDSA", typ="JWT")
        return verify(token, typ="JWT", find_key=lambda _kid: (public, "EdDSA"))["n"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(40))) == list(range(40))


def test_whoever_does_not_know_the_token_gets_nothing(service: KeyService) -> None:
    stranger = RemoteSigner(service.address, token="another token")
    with pytest.raises(SignerUnavailable), capture_logs() as logs, closing(stranger):
        stranger.make("ES256")
    assert (failure(logs)["reason"], failure(logs)["status"]) == ("status", 401)


def test_a_key_whose_signer_is_not_set_up_any_more_does_not_sign(signer: RemoteSigner) -> None:
    key = held(signer.make("ES256"))
    without = Signers(DatabaseSigner(Sealer.of(b"0" * 32)))
    with pytest.raises(SignerUnavailable), capture_logs() as logs:
        without.pen(key)
    assert logs[0]["event"] == "signer_unknown"


@pytest.mark.parametrize(
    "der", [b"", b"0", b"0\x06\x02\x01\x01\x02\x01", b"0\x06\x02\x01\xff\x02\x01\x01", b"\x30" * 70]
)
def test_what_is_no_signature_in_der_is_none(der: bytes) -> None:
    with pytest.raises((ValueError, OverflowError)):
        raw_signature(der)


def test_the_numbers_of_a_signature_keep_their_leading_noughts() -> None:
    assert raw_signature(b"0\x06\x02\x01\x01\x02\x01\x7f") == b"\0" * 31 + b"\x01" + b"\0" * 31 + b"\x7f"
