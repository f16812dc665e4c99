"""Secrets at rest."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.crypto.sealing import SealBroken, Sealer, fingerprint

OLD, NEW = os.urandom(32), os.urandom(32)
PLACE = "signing_keys|private_key|018f"


@given(st.binary(max_size=500), st.text(max_size=80, alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_in_its_place_only(secret: bytes, place: str) -> None:
    sealer = Sealer.of(NEW)
    sealed = sealer.seal(secret, place)
    assert sealer.open(sealed, place) == secret
    with pytest.raises(SealBroken):
        sealer.open(sealed, place + "|")


def test_two_rows_cannot_swap_their_values() -> None:
    sealer = Sealer.of(NEW)
    ours, theirs = sealer.seal(b"ours", "t|c|1"), sealer.seal(b"theirs", "t|c|2")
    for value, place in ((ours, "t|c|2"), (theirs, "t|c|1")):
        with pytest.raises(SealBroken):
            sealer.open(value, place)


def test_no_changed_character_opens() -> None:
    sealer = Sealer.of(NEW)
    sealed = sealer.seal(b"secret", PLACE)
    start = sealed.rindex(".") + 1
    for at in range(len(sealed)):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(SealBroken):
            sealer.open(changed, PLACE)
    for cut in range(start, len(sealed)):
        with pytest.raises(SealBroken):
            sealer.open(sealed[:cut], PLACE)


def test_after_a_rotation_old_values_open_and_are_known_as_old() -> None:
    before, after = Sealer.of(OLD), Sealer.of(NEW, OLD)
    sealed = before.seal(b"secret", PLACE)
    assert after.open(sealed, PLACE) == b"secret"
    assert not after.is_current(sealed)
    resealed = after.seal(after.open(sealed, PLACE), PLACE)
    assert after.is_current(resealed)
    with pytest.raises(SealBroken):
        before.open(resealed, PLACE)


def test_every_failure_looks_the_same() -> None:
    sealer = Sealer.of(NEW)
    sealed = sealer.seal(b"secret", PLACE)
    broken = [
        "",
        "v1",
        "v1..",
        "v2" + sealed[2:],
        sealed + "!",
        "v1.nobody.AAAA",
        "x" * 5_000_000,
        sealed.replace(".", ""),
    ]
    messages = set()
    for value, place in [(value, PLACE) for value in broken] + [(sealed, "elsewhere")]:
        with pytest.raises(SealBroken) as failure:
            sealer.open(value, place)
        messages.add((str(failure.value), failure.value.__cause__))
    assert messages == {("A sealed value can't be opened.", None)}


def test_sealing_twice_looks_different() -> None:
    sealer = Sealer.of(NEW)
    assert len({sealer.seal(b"secret", PLACE) for _ in range(100)}) == 100


def test_each_purpose_has_a_key_of_its_own_that_a_rotation_does_not_lose() -> None:
    before, after = Sealer.of(OLD), Sealer.of(NEW, OLD)
    keys = {before.derive(purpose) for purpose in ("cookie", "csrf", "pepper", "seal", "fingerprint")}
    assert len(keys) == 5
    assert {len(key) for key in keys} == {32}
    assert OLD not in keys
    assert after.derive("cookie") != before.derive("cookie")
    assert after.derive("cookie", key_id=fingerprint(OLD)) == before.derive("cookie")
    assert after.key_ids == (fingerprint(OLD), fingerprint(NEW))
    assert after.active_key_id == fingerprint(NEW)


def test_a_short_key_an_odd_id_and_an_unknown_active_key_are_refused() -> None:
    for keys, active in (({"a": b"short"}, "a"), ({"a.b": NEW}, "a.b"), ({"a": NEW}, "b")):
        with pytest.raises(ValueError, match="master key"):
            Sealer(keys, active=active)


def test_no_key_shows_in_a_repr() -> None:
    assert repr(Sealer.of(NEW)) == f"Sealer(active={fingerprint(NEW)!r})"
    assert len(fingerprint(NEW)) == 8
