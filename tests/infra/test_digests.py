"""Tokens, of which only digests are stored."""

import string
import time
import zlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.crypto.digests import (
    TokenKind,
    issue,
    kind_of,
    parse,
    same,
    short_code,
    short_code_digest,
)
from portal.infra.ids import new_id

KINDS = list(TokenKind)
ANY_KIND = st.sampled_from(KINDS)


def is_taken(kind: TokenKind, text: str, digest: bytes) -> bool:
    """As a use case does it: find the row by the id, then compare the digests."""
    parsed = parse(kind, text)
    return parsed is not None and same(digest, parsed.digest)


@given(ANY_KIND, st.uuids())
def test_a_token_leads_back_to_its_row_and_digest(kind: TokenKind, row_id: UUID) -> None:
    issued = issue(kind, row_id)
    parsed = parse(kind, issued.token)
    assert parsed is not None
    assert parsed.id == row_id
    assert same(issued.digest, parsed.digest)
    assert len(issued.token) == kind.length
    assert len(issued.digest) == 32


@given(ANY_KIND, st.data())
def test_a_token_cut_stretched_or_recased_anywhere_is_no_longer_it(
    kind: TokenKind, data: st.DataObject
) -> None:
    issued = issue(kind, new_id())
    token, at = issued.token, data.draw(st.integers(0, kind.length - 1))
    sign = data.draw(st.characters())
    changed = {
        token[:at] + token[at + 1 :],
        token[:at] + sign + token[at:],
        token[:at] + token[at].swapcase() + token[at + 1 :],
        token[:at] + sign + token[at + 1 :],
        token + sign,
        sign + token,
        token[:-1],
        token[1:],
        token + "=",
        token.upper(),
        token.lower(),
    } - {token}
    assert [text for text in changed if is_taken(kind, text, issued.digest)] == []


@given(ANY_KIND, st.text(max_size=200))
def test_no_text_is_too_odd_to_be_refused(kind: TokenKind, text: str) -> None:
    assert parse(kind, text) is None


@pytest.mark.parametrize("odd", ["\uff10" * 43, "é" * 43, "-" * 43, "_" * 43, " " * 43, "\n" * 43])
def test_only_ascii_digits_and_letters_make_a_secret(odd: str) -> None:
    token = issue(TokenKind.SESSION, new_id()).token
    assert parse(TokenKind.SESSION, token[:-43] + odd) is None


def test_an_id_beyond_128_bits_is_none() -> None:
    secret = issue(TokenKind.SESSION, new_id()).token[-43:]
    assert parse(TokenKind.SESSION, f"ses_{'z' * 22}_{secret}") is None


@pytest.mark.parametrize("other", KINDS)
def test_a_session_token_is_nothing_else(other: TokenKind) -> None:
    """Neither under its own prefix nor with the prefix rewritten: the purpose is part of the digest."""
    issued = issue(TokenKind.SESSION, new_id())
    rewritten = other.prefix + issued.token[3:]
    expected = other is TokenKind.SESSION
    assert is_taken(other, issued.token, issued.digest) is expected
    assert is_taken(other, rewritten, issued.digest) is expected


def test_one_row_s_secret_does_not_open_another_row() -> None:
    mine, other = issue(TokenKind.REFRESH_TOKEN, new_id()), issue(TokenKind.REFRESH_TOKEN, new_id())
    moved = other.token[:27] + mine.token[27:]
    assert not is_taken(TokenKind.REFRESH_TOKEN, moved, mine.digest)
    assert not is_taken(TokenKind.REFRESH_TOKEN, moved, other.digest)


def test_kinds_have_prefixes_and_purposes_of_their_own() -> None:
    assert len({kind.prefix for kind in KINDS}) == len({kind.purpose for kind in KINDS}) == len(KINDS)
    short = [kind.prefix.removeprefix("portal_") for kind in KINDS]
    assert all(len(prefix) == 3 and prefix.isalpha() and prefix.islower() for prefix in short)


@given(ANY_KIND)
def test_the_look_of_a_token_tells_its_kind(kind: TokenKind) -> None:
    token = issue(kind, new_id()).token
    assert kind_of(token) is kind
    assert kind_of(token + "x") is None
    assert kind_of(token[1:]) is None


def test_a_token_for_scripts_carries_a_checksum_that_others_can_compute() -> None:
    token = issue(TokenKind.PERSONAL, new_id()).token
    body, check = token[:-6], token[-6:]
    number = 0
    for digit in check:
        number = number * 62 + (string.digits + string.ascii_uppercase + string.ascii_lowercase).index(digit)
    assert number == zlib.crc32(body.encode())
    assert token.startswith("portal_pat_")


def test_secrets_do_not_repeat_and_do_not_show() -> None:
    row_id = new_id()
    issued = [issue(TokenKind.SESSION, row_id) for _ in range(200)]
    assert len({one.token for one in issued}) == len({one.digest for one in issued}) == 200
    parsed = parse(TokenKind.SESSION, issued[0].token)
    assert repr(issued[0]) == "Issued()"
    assert repr(parsed) == f"Parsed(id={row_id!r})"


def test_a_megabyte_costs_nothing() -> None:
    text = "ses_" + "A" * 1_000_000
    began = time.perf_counter()
    assert all(parse(TokenKind.SESSION, text) is None for _ in range(1_000))
    assert time.perf_counter() - began < 0.5


def test_a_row_without_digest_is_matched_by_nothing() -> None:
    assert not same(None, b"")
    assert not same(b"", b"")
    assert not same(None, b"x" * 32)


def test_short_codes_are_six_digits_spread_over_the_whole_range() -> None:
    codes = [short_code() for _ in range(3_000)]
    assert all(len(code) == 6 and code.isascii() and code.isdigit() for code in codes)
    assert {code[0] for code in codes} == set("0123456789")
    assert len(set(codes)) > 2_900


def test_a_short_code_s_digest_depends_on_key_purpose_row_and_code() -> None:
    row_id, key = new_id(), b"k" * 32
    digest = short_code_digest(key, purpose="verify", row_id=row_id, code="123456")
    others = [
        short_code_digest(b"x" * 32, purpose="verify", row_id=row_id, code="123456"),
        short_code_digest(key, purpose="recover", row_id=row_id, code="123456"),
        short_code_digest(key, purpose="verify", row_id=new_id(), code="123456"),
        short_code_digest(key, purpose="verify", row_id=row_id, code="123457"),
    ]
    assert digest not in others
    assert same(digest, short_code_digest(key, purpose="verify", row_id=row_id, code="123456"))
