"""Whether what holds the private halves signs now: asked before people are turned away, not after."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from portal.grants.errors import SigningKeyMissing
from portal.grants.models import SigningKey
from portal.grants.repository.signing_keys import algorithm_of
from portal.grants.services.key_ring import KeyRing
from portal.infra.crypto.jose import TokenRefused
from portal.infra.crypto.sealing import SealBroken
from portal.infra.crypto.signers import SignerUnavailable

PROBE: Final = "key-trial+jwt"
"""A type that nothing here takes, so that what was signed for a trial is worth nothing to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one signature."""

    key: SigningKey
    milliseconds: float
    problem: str | None
    """Why there was none, as a code; the log says more."""


def try_keys(ring: KeyRing, keys: Iterable[SigningKey]) -> list[Trial]:
    """One signature by each key that signs, verified with what is published."""
    return [_tried(ring, key) for key in keys if key.state == "active"]


def _tried(ring: KeyRing, key: SigningKey) -> Trial:
    problem, started = None, time.perf_counter()
    try:
        ring.verify(ring.sign({}, algorithm=algorithm_of(key), typ=PROBE), typ=PROBE)
    except SignerUnavailable:
        problem = "signer_unavailable"
    except SealBroken:
        problem = "seal_broken"
    except (SigningKeyMissing, TokenRefused):
        problem = "changed_meanwhile"
    return Trial(key=key, milliseconds=(time.perf_counter() - started) * 1000, problem=problem)
