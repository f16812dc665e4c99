"""The keys as the page shows them: for each algorithm from the one to come to those that are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.bootstrap import Portal
from portal.grants.repository.signing_keys import SigningKey, SigningKeys
from portal.grants.rules.key_life import STATES, KeyLife
from portal.grants.services.key_words import change_told
from portal.grants.services.signing_keys import life_of_keys
from portal.grants.services.tokens import ACCESS_TOKEN_ALGORITHM
from portal.infra.crypto.jose import ALGORITHMS

SHOWN_REVOKED: Final = 20
"""A portal of many years has dozens; the audit log has them all."""

USES: Final = {
    "RS256": "RSA. ID tokens and signed answers, unless an app asks for another algorithm.",
    "PS256": "RSA-PSS. ID tokens and signed answers of apps that ask for it, such as those of FAPI 2.0.",
    "ES256": "ECDSA on P-256. Every access token; ID tokens and signed answers of apps that ask for it.",
    "EdDSA": "Ed25519. ID tokens and signed answers of apps that ask for it.",
}
LOOKS: Final = {
    "next": ("Next", "accent"),
    "active": ("Signs", "success"),
    "retired": ("Verifies only", ""),
    "revoked": ("Revoked", "danger"),
}
"""The word and tone of each state."""
ICONS: Final = {
    "next": "hourglass",
    "active": "badge-check",
    "retired": "shield-check",
    "revoked": "shield-x",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One key at its place in time."""

    key: SigningKey
    word: str
    tone: str
    icon: str
    moments: tuple[tuple[str, datetime], ...]
    """What has happened to it, oldest first."""
    change: str
    """What happens to it next by itself, or who decides that."""
    changes_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The keys of one algorithm."""

    algorithm: str
    about: str
    present: tuple[Station, ...]
    """Those that are published, the one to come first."""
    past: tuple[Station, ...]


def timeline(session: Session, portal: Portal) -> list[Line]:
    """Every algorithm, the one of access tokens first."""
    life, rows = life_of_keys(portal.settings), SigningKeys(session).all()
    ordered = sorted(ALGORITHMS, key=lambda algorithm: algorithm != ACCESS_TOKEN_ALGORITHM)
    return [_line(session, algorithm, rows, life=life) for algorithm in ordered]


def station(session: Session, key: SigningKey, *, life: KeyLife) -> Station:
    word, tone = LOOKS[key.state]
    change, changes_at = change_told(session, key, life=life)
    return Station(
        key=key,
        word=word,
        tone=tone,
        icon=ICONS[key.state],
        moments=tuple(_moments(key)),
        change=change,
        changes_at=changes_at,
    )


def _line(session: Session, algorithm: str, rows: Sequence[SigningKey], *, life: KeyLife) -> Line:
    own = sorted((row for row in rows if row.algorithm == algorithm), key=lambda row: STATES.index(row.state))
    stations = [station(session, row, life=life) for row in own]
    return Line(
        algorithm=algorithm,
        about=USES[algorithm],
        present=tuple(one for one in stations if one.key.state != "revoked"),
        past=tuple(one for one in stations if one.key.state == "revoked")[:SHOWN_REVOKED],
    )


def _moments(key: SigningKey) -> list[tuple[str, datetime]]:
    is_brought = key.state == "retired" and key.activated_at is None
    given = (
        ("Imported" if is_brought else "Published", key.created_at),
        ("Signs since" if key.state == "active" else "Signed from", key.activated_at),
        ("Signed until", None if is_brought else key.retired_at),
        ("Left the list of keys", key.revoked_at),
    )
    return [(word, at) for word, at in given if at is not None]
