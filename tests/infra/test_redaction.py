"""What a log line may say."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.crypto.passwords import Passwords
from portal.infra.ids import new_id
from portal.infra.redaction import BLOT, MAX_TEXT, fields, plain, text, trace

SECRET = "canary-4f1b9c77"


@dataclass
class Row:
    """Something of ours whose repr tells too much."""

    password_hash: str = SECRET


class Colour(StrEnum):
    """An enumeration."""

    RED = "red"


@pytest.mark.parametrize(
    "name",
    [
        "password", "new_password", "PASSWORD", "currentPassword", "passphrase", "client_secret", "secret", "token",
        "access_token", "refreshToken", "id_token_hint", "logout_token", "code", "user_code", "code_verifier", "cookie",
        "Set-Cookie", "Authorization", "proxy-authorization", "client_assertion", "csrf", "csrf_token", "otp",
        "totp_code", "pin", "pepper", "private_key", "api_key", "master-key", "setup_link", "credentials", "jwt",
    ],
)  # fmt: skip
def test_a_field_that_names_a_secret_is_blotted_out_at_any_depth(name: str) -> None:
    shown = fields({name: SECRET, "form": {name: [SECRET], "deep": [{name: {"x": SECRET}}]}})
    assert SECRET not in str(shown)
    assert shown[name] == BLOT


@pytest.mark.parametrize(
    "name",
    [
        "status_code", "error_code", "token_type", "token_kind", "key_id", "code_expires_at", "token_count", "path",
        "session_id", "code_challenge_method", "duration_ms", "reason", "keyboard", "passport", "encoded", "pinned",
    ],
)  # fmt: skip
def test_a_field_that_only_sounds_like_one_is_readable(name: str) -> None:
    assert fields({name: "readable"}) == {name: "readable"}


def test_an_absent_secret_is_shown_as_absent() -> None:
    assert fields({"password": None}) == {"password": None}


@pytest.mark.parametrize("kind", list(TokenKind))
@pytest.mark.parametrize(
    "around", ["{}", "token {} was used", "https://x.example/verify/{}?a=1", "'{}'", "a={},b=2", "\x00{}\n"]
)
def test_a_token_of_ours_is_blotted_out_wherever_it_stands(kind: TokenKind, around: str) -> None:
    token = issue(kind, new_id()).token
    for shown in (
        text(around.format(token)),
        str(plain([around.format(token)])),
        trace(around.format(token)),
    ):
        assert token[4:] not in shown
        assert token[27:] not in shown
        assert f"{kind.prefix}_{BLOT}" in shown


def test_other_things_that_look_like_secrets_are_blotted_out() -> None:
    key = ECKey.generate_key("P-256")
    signed = jwt.encode({"alg": "ES256"}, {"sub": "ada"}, key)
    stored = Passwords(
        peppers={"k": b"k" * 32}, active_pepper="k", pool_size=1, memory_kib=8, time_cost=1
    ).hash("x")
    pem = key.as_pem(private=True).decode()
    for secret, line in {
        signed: f"bad token {signed}",
        signed.rpartition(".")[0]: f"bad token {signed.rpartition('.')[0]}",
        "YWRhOnNlc2FtLW9wZW4=": "Authorization: Basic YWRhOnNlc2FtLW9wZW4=",
        "opaque.token-123": "authorization: bearer opaque.token-123",
        "SplxlOBeZQQYbYS6WxSbIA": "GET /callback?state=1&code=SplxlOBeZQQYbYS6WxSbIA&iss=x",
        "s3cret-w0rd": "could not connect to postgresql://portal:s3cret-w0rd@db.example/portal",
        "hunter2": "failed: password=hunter2 user=ada",
        stored.rpartition("$")[2]: f"row {stored}",
        pem.splitlines()[2]: f"key {pem}",
    }.items():
        assert secret in line
        assert secret not in text(line)
        assert secret not in trace(line)
        assert BLOT in text(line)


def test_a_thing_of_ours_is_shown_by_the_name_of_its_type_only() -> None:
    assert plain(Row()) == "<Row>"
    assert plain(object()) == "<object>"
    assert plain(SECRET.encode()) == "<bytes>"
    assert plain(2**70) == "<int>"


def test_plain_values_are_shown_as_they_are() -> None:
    row_id, now = new_id(), datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [plain(value) for value in (None, True, 7, 1.5, "x", Colour.RED)] == [
        None,
        True,
        7,
        1.5,
        "x",
        "red",
    ]
    assert plain([row_id, now, Path("/x"), ip_address("192.0.2.1")]) == [
        str(row_id), "2030-01-02 03:04:05+00:00", "/x", "192.0.2.1"
    ]  # fmt: skip
    assert plain(ValueError("no luck")) == "ValueError: no luck"
    assert plain({"a": (1, {"b": frozenset({2})})}) == {"a": [1, {"b": [2]}]}


def test_nothing_is_endless() -> None:
    nested: dict[str, object] = {}
    nested["self"] = nested
    assert plain(nested)
    assert len(str(fields({f"n{number}": number for number in range(10_000)}))) < 2_000
    assert len(str(plain(list(range(10_000))))) < 300
    assert len(text("x" * 1_000_000)) < MAX_TEXT + 50
    assert text("x" * 1_000_000).endswith("(1000000 characters)")


@pytest.mark.parametrize(
    "unit",
    [
        "_",
        "a",
        "eyJ",
        "eyJaaaaaaaa.",
        "basic ",
        "&code=",
        "://",
        "://:",
        "ses_",
        "$argon2",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_megabyte_of_anything_is_looked_through_quickly(unit: str) -> None:
    line = unit * (1_000_000 // len(unit)) + "@"
    began = time.perf_counter()
    text(line)
    trace(line)
    assert time.perf_counter() - began < 0.5


@given(st.text(max_size=300))
def test_a_text_stays_one_harmless_line(value: str) -> None:
    shown = text(value)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in shown)
    shown.encode()


def test_controls_are_shown_and_not_obeyed() -> None:
    assert (
        text('ada\r\n{"level":"info"}\x1b[2J\u2028\u202e\ud800')
        == 'ada\\r\\n{"level":"info"}\\x1b[2J\\u2028\\u202e\\ud800'
    )
    assert trace("one\n\ttwo\x1b[31m\r") == "one\n\ttwo\\x1b[31m\\r"
