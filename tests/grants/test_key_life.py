"""How long keys stay, and what revoking one does: to its tokens, to who signs next, and elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.bootstrap import Portal
from portal.grants.errors import SigningKeyBusy, SigningKeyKnown, SigningKeyMissing, SigningKeyNotFound
from portal.grants.repository import SigningKeys
from portal.grants.rules.key_life import KEEP_AT_LEAST, KNOWN_AFTER, MARGIN, KeyLife
from portal.grants.services.key_ring import TRUST_SECONDS, KeyRing
from portal.grants.usecases.key_import import import_signing_key
from portal.grants.usecases.keys import drop_old_keys, revoke_signing_key, rotate_signing_key
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import Algorithm, NewKey, TokenRefused, new_key
from tests.support.history import history
from tests.support.portals import MovableClock

CLAIMS = {"iss": "http://localhost", "sub": "somebody", "aud": "an app", "iat": 1, "exp": 2}
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
LIFE = KeyLife.of(rotation_days=90, token_lives=(timedelta(hours=1), timedelta(days=7)))


def kid_of(portal: Portal, state: str, algorithm: Algorithm = "ES256") -> str | None:
    with portal.reading() as session:
        key = SigningKeys(session).in_state(algorithm, state)
    return key.kid if key else None


def rotate(portal: Portal) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        rotate_signing_key(uow, new_key("ES256"))


def drop(portal: Portal) -> int:
    with portal.unit_of_work(SYSTEM) as uow:
        return drop_old_keys(uow)


# ------------------------------------------------------------------------------------------------------- the rule


def test_a_key_signs_when_its_time_has_come_and_everybody_knows_it() -> None:
    in_time = LIFE.signs_from(MONDAY, active_since=MONDAY)
    late = LIFE.signs_from(MONDAY + timedelta(days=100), active_since=MONDAY)
    assert in_time == MONDAY + timedelta(days=90)
    assert late == MONDAY + timedelta(days=100) + KNOWN_AFTER
    assert LIFE.signs_from(MONDAY, active_since=None) == MONDAY, "better a fresh key than none"


def test_without_a_rotation_there_is_no_such_moment() -> None:
    by_hand = KeyLife.of(rotation_days=0, token_lives=())
    assert by_hand.signs_from(MONDAY, active_since=MONDAY) is None


@pytest.mark.parametrize("longest", [timedelta(days=31), timedelta(days=365)])
def test_a_retired_key_stays_for_the_longest_life_and_a_day(longest: timedelta) -> None:
    life = KeyLife.of(rotation_days=90, token_lives=(timedelta(hours=1), longest))
    assert life.goes_at(MONDAY) == MONDAY + longest + MARGIN
    assert LIFE.goes_at(MONDAY) == MONDAY + KEEP_AT_LEAST + MARGIN, "but never less than a month"


# ----------------------------------------------------------------------------------------------------- retirement


@pytest.mark.settings(refresh_family_seconds=100 * 86400)
def test_a_retired_key_goes_when_nothing_from_its_time_can_come_back(
    portal: Portal, clock: MovableClock
) -> None:
    rotate(portal)
    clock.advance(days=100)
    assert drop(portal) == 0
    clock.advance(days=1, seconds=1)
    assert drop(portal) == 1
    assert drop(portal) == 0
    (entry,) = history(portal, "keys.forgotten")
    assert entry.before_state == {"state": "retired"}


def test_a_key_that_signs_no_more_has_no_private_half(portal: Portal) -> None:
    kid = kid_of(portal, "active")
    rotate(portal)
    with portal.reading() as session:
        key = SigningKeys(session).by_kid(str(kid))
    assert key is not None
    assert (key.state, key.sealed_private_key) == ("retired", "")


# ----------------------------------------------------------------------------------------------------- revocation


def test_revoking_the_key_that_signs_lets_the_next_one_sign_at_once(
    portal: Portal, clock: MovableClock
) -> None:
    leaked, following, spare = kid_of(portal, "active"), kid_of(portal, "next"), new_key("ES256")
    token = portal.issuer.keys.sign(CLAIMS, algorithm="ES256", typ="JWT")
    clock.advance(days=2)
    with portal.unit_of_work(SYSTEM) as uow:
        done = revoke_signing_key(uow, str(leaked), reason="leaked", replacement=spare)
    assert done.successor is not None
    assert not done.successor.is_fresh
    assert (kid_of(portal, "active"), kid_of(portal, "next")) == (following, spare.kid)
    with pytest.raises(TokenRefused):
        portal.issuer.keys.verify(token, typ="JWT")
    fresh = portal.issuer.keys.sign(CLAIMS, algorithm="ES256", typ="JWT")
    assert portal.issuer.keys.verify(fresh, typ="JWT") == CLAIMS


def test_it_does_so_with_a_key_that_nobody_knows_and_says_so(portal: Portal) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        done = revoke_signing_key(
            uow, str(kid_of(portal, "active")), reason="leaked", replacement=new_key("ES256")
        )
    assert done.successor is not None
    assert done.successor.is_fresh


def test_revoking_does_not_wait_for_whoever_makes_keys(portal: Portal) -> None:
    following = kid_of(portal, "next")
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, str(kid_of(portal, "active")), reason="leaked")
    assert (kid_of(portal, "active"), kid_of(portal, "next")) == (following, None)
    with pytest.raises(SigningKeyMissing), portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, str(following), reason="leaked too")
    assert kid_of(portal, "active") == following, "something has to sign"
    spare = new_key("ES256")
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, str(following), reason="leaked too", replacement=spare)
    assert kid_of(portal, "active") == spare.kid


def test_a_key_is_revoked_once_and_a_stranger_never(portal: Portal) -> None:
    kid = str(kid_of(portal, "next"))
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, kid, reason="leaked", replacement=new_key("ES256"))
    with pytest.raises(SigningKeyBusy), portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, kid, reason="leaked")
    with pytest.raises(SigningKeyNotFound), portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, "nothing", reason="leaked")


def test_a_process_that_was_quiet_for_long_does_not_take_what_was_revoked_meanwhile(portal: Portal) -> None:
    """Nobody asked it for anything, so it has looked at nothing: the first token that comes is looked at first."""
    now = [0.0]
    elsewhere = KeyRing(portal.reading, portal.ports.signers, seconds=lambda: now[0])
    token = portal.issuer.keys.sign(CLAIMS, algorithm="ES256", typ="JWT")
    assert elsewhere.verify(token, typ="JWT") == CLAIMS
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, str(kid_of(portal, "active")), reason="leaked", replacement=new_key("ES256"))
    now[0] = TRUST_SECONDS + 0.1
    with pytest.raises(TokenRefused):
        elsewhere.verify(token, typ="JWT")


# --------------------------------------------------------------------------------------------------------- import


def test_a_key_that_only_verifies_is_known_by_its_old_name_and_signs_nothing(portal: Portal) -> None:
    made = new_key("ES256")
    theirs = NewKey(
        kid="of-old",
        algorithm="ES256",
        public_jwk={**made.public_jwk, "kid": "of-old"},
        private_der=made.private_der,
    )
    active = kid_of(portal, "active")
    with portal.unit_of_work(SYSTEM) as uow:
        import_signing_key(uow, theirs, state="retired")
    assert kid_of(portal, "active") == active
    assert "of-old" in portal.issuer.keys.jwks.decode()
    with portal.reading() as session:
        row = SigningKeys(session).by_kid("of-old")
    assert row is not None
    assert (row.sealed_private_key, row.activated_at) == ("", None)


def test_a_revoked_key_never_comes_back_under_another_name(portal: Portal) -> None:
    made = new_key("ES256")
    with portal.unit_of_work(SYSTEM) as uow:
        import_signing_key(uow, made, state="next")
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, made.kid, reason="leaked", replacement=new_key("ES256"))
    again = NewKey(
        kid="innocent",
        algorithm="ES256",
        public_jwk={**made.public_jwk, "kid": "innocent"},
        private_der=made.private_der,
    )
    with pytest.raises(SigningKeyKnown, match="never comes back"), portal.unit_of_work(SYSTEM) as uow:
        import_signing_key(uow, again, state="next")
    other = new_key("ES256")
    taken = NewKey(
        kid=made.kid,
        algorithm="ES256",
        public_jwk={**other.public_jwk, "kid": made.kid},
        private_der=other.private_der,
    )
    with pytest.raises(SigningKeyKnown, match="key id"), portal.unit_of_work(SYSTEM) as uow:
        import_signing_key(uow, taken, state="next")
