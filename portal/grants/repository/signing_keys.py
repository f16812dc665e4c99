"""Questions about signing keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.grants.models import SigningKey
from portal.grants.rules.key_life import PUBLISHED, is_due_for_removal, is_due_for_rotation
from portal.infra.crypto.jose import Algorithm


class SigningKeys:
    """The issuer's keys. A dozen rows, so every question reads them all or by an exact name."""

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

    def by_kid(self, kid: str) -> SigningKey | None:
        return self._session.scalar(select(SigningKey).where(SigningKey.kid == kid))

    def due_for_rotation(self, *, at: datetime) -> list[Algorithm]:
        """Algorithms whose active key has signed long enough."""
        return [
            algorithm_of(key)
            for key in self.published()
            if key.state == "active" and is_due_for_rotation(key.activated_at, at=at)
        ]

    def due_for_removal(self, *, at: datetime) -> list[SigningKey]:
        """Retired keys that nothing needs any more."""
        return [
            key
            for key in self.published()
            if key.state == "retired" and is_due_for_removal(key.retired_at, at=at)
        ]


def algorithm_of(row: SigningKey) -> Algorithm:
    """The column holds nothing else."""
    return cast(Algorithm, row.algorithm)
