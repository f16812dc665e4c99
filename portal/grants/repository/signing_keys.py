"""Questions about signing keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.grants.models import SigningKey, TokenFamily
from portal.grants.rules.key_life import PUBLISHED, KeyLife
from portal.infra.crypto.jose import ALGORITHMS, Algorithm

__all__ = ["SigningKey", "SigningKeys", "algorithm_of"]

MATERIAL: Final = ("kty", "crv", "n", "e", "x", "y")
"""What makes a key the key that it is, whatever it is called (RFC 7638 section 3.2)."""


class SigningKeys:
    """The issuer's keys. A few dozen rows, so every question reads them all or by an exact name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Sequence[SigningKey]:
        """Newest first, revoked ones too."""
        return self._session.scalars(select(SigningKey).order_by(SigningKey.id.desc())).all()

    def published(self) -> Sequence[SigningKey]:
        """Those that the JWKS shows, in an order that does not change."""
        return self._session.scalars(
            select(SigningKey).where(SigningKey.state.in_(PUBLISHED)).order_by(SigningKey.id)
        ).all()

    def states(self) -> frozenset[tuple[str, str]]:
        """`kid` and state of every published key: the short check whether a copy is still true."""
        query = select(SigningKey.kid, SigningKey.state).where(SigningKey.state.in_(PUBLISHED))
        return frozenset((kid, state) for kid, state in self._session.execute(query))

    def in_state(self, algorithm: str, state: str) -> SigningKey | None:
        """The one `active` or `next` key of an algorithm."""
        return self._session.scalar(
            select(SigningKey)
            .where(SigningKey.algorithm == algorithm, SigningKey.state == state)
            .order_by(SigningKey.id.desc())
            .limit(1)
        )

    def get(self, key_id: UUID) -> SigningKey | None:
        return self._session.get(SigningKey, key_id)

    def by_kid(self, kid: str) -> SigningKey | None:
        return self._session.scalar(select(SigningKey).where(SigningKey.kid == kid))

    def same_as(self, public_jwk: dict[str, Any]) -> SigningKey | None:
        """The key that has these very numbers, under whatever name and in whatever state."""
        wanted = _material(public_jwk)
        return next((key for key in self.all() if _material(key.public_jwk) == wanted), None)

    def signs_from(self, algorithm: str, *, life: KeyLife) -> datetime | None:
        """When the next key of an algorithm takes over by itself; None where there is none, or where people do that."""
        active, following = self.in_state(algorithm, "active"), self.in_state(algorithm, "next")
        if following is None:
            return None
        return life.signs_from(following.created_at, active_since=active.activated_at if active else None)

    def is_due(self, algorithm: str, *, life: KeyLife, at: datetime) -> bool:
        """Whether the next key is to sign now."""
        due_at = self.signs_from(algorithm, life=life)
        return due_at is not None and at >= due_at

    def untended(self, *, life: KeyLife, at: datetime) -> list[Algorithm]:
        """Algorithms for which a new key has to be made: one is due for rotation, or the next one is missing."""
        return [
            algorithm
            for algorithm in ALGORITHMS
            if self.in_state(algorithm, "next") is None or self.is_due(algorithm, life=life, at=at)
        ]

    def due_for_removal(self, *, life: KeyLife, at: datetime) -> list[SigningKey]:
        """Retired keys that nothing needs any more: old enough by the settings of now, and no family of tokens is left
        from when they signed, however long it was promised then.
        """
        return [
            key
            for key in self.published()
            if key.state == "retired"
            and key.retired_at is not None
            and at >= life.goes_at(key.retired_at)
            and not self._families_live(begun_before=key.retired_at, at=at)
        ]

    def _families_live(self, *, begun_before: datetime, at: datetime) -> bool:
        alive = exists().where(
            TokenFamily.expires_at > at,
            TokenFamily.revoked_at.is_(None),
            TokenFamily.created_at <= begun_before,
        )
        return self._session.scalar(select(alive)) is True


def algorithm_of(row: SigningKey) -> Algorithm:
    """The column holds nothing else."""
    return cast(Algorithm, row.algorithm)


def _material(public_jwk: dict[str, Any]) -> tuple[object, ...]:
    return tuple(public_jwk.get(name) for name in MATERIAL)
