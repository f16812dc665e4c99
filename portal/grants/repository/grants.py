"""Questions about what people have allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.clients.models import Client
from portal.grants.models import AuthorizationCode, Grant, RefreshToken, TokenFamily
from portal.grants.repository.lives import AT, may_use
from portal.infra.plain_rows import Plain
from portal.infra.prepared import Prepared

_CLIENT: Final[ColumnElement[UUID]] = bindparam("client_pk", type_=Uuid())
_LIVE_GRANT: Final = and_(Grant.user_id == User.id, Grant.client_pk == _CLIENT, Grant.revoked_at.is_(None))
_OPEN_CODES: Final = (
    select(func.count(AuthorizationCode.id))
    .where(AuthorizationCode.grant_id == Grant.id, AuthorizationCode.redeemed_at.is_(None))
    .where(AuthorizationCode.expires_at > AT)
    .correlate(Grant)
    .scalar_subquery()
)
_PERSON, _GIVEN = Plain(User), Plain(Grant)
_STANDING: Final = Prepared(
    select(
        *_PERSON.columns,
        *_GIVEN.columns,
        may_use(User.id, at=AT).label("may_use"),
        Client.everyone_may_use,
        Client.first_sign_in_at,
        _OPEN_CODES.label("open_codes"),
    )
    .select_from(User)
    .join(Client, Client.id == _CLIENT)
    .outerjoin(Grant, _LIVE_GRANT)
    .where(User.id == bindparam("user_id", type_=Uuid()))
)
"""Built once, like those that read tokens: every page between an app and the portal asks it, some twice."""
_LIVE: Final = Prepared(
    select(*_GIVEN.columns)
    .where(Grant.user_id == bindparam("user_id", type_=Uuid()), Grant.client_pk == _CLIENT)
    .where(Grant.revoked_at.is_(None))
    .with_for_update()
)

_COLUMNS: Final = [column.name for column in Grant.__table__.columns]
_FIRST: Final = {
    "postgresql": Prepared(
        postgresql.insert(Grant).on_conflict_do_nothing().returning(Grant.id), columns=_COLUMNS
    ),
    "sqlite": Prepared(sqlite.insert(Grant).on_conflict_do_nothing().returning(Grant.id), columns=_COLUMNS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person before a client: may they use it, and what have they allowed it."""

    user: User
    may_use: bool
    is_open: bool
    """Whether everyone may use the client, so that the leave to do so has no end."""
    client_is_new: bool
    """Whether nobody has ever signed in to it."""
    open_codes: int
    """How many codes of the grant are on their way."""
    grant: Grant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An app that somebody has connected, as their account page shows it."""

    grant_id: UUID
    client_name: str
    client_uri: str | None
    logo_uri: str | None
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    granted_at: datetime
    last_used_at: datetime


class Grants:
    """Remembered consents."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def standing(self, user_id: UUID, client_pk: UUID, *, at: datetime) -> Standing | None:
        """The person before the client, in one statement; None if either is gone."""
        asked = {"user_id": user_id, "client_pk": client_pk, "at": at}
        row = _STANDING.first(self._session, asked)
        if row is None:
            return None
        return Standing(
            user=_PERSON.kept(self._session, row),
            grant=_GIVEN.kept(self._session, row) if row.grants_id is not None else None,
            may_use=bool(row.may_use),
            is_open=row.everyone_may_use,
            client_is_new=row.first_sign_in_at is None,
            open_codes=row.open_codes,
        )

    def live(self, user_id: UUID, client_pk: UUID) -> Grant | None:
        """The one live grant between the two, locked until the end of the unit."""
        row = _LIVE.first(self._session, {"user_id": user_id, "client_pk": client_pk})
        return _GIVEN.kept(self._session, row) if row is not None else None

    def note_use(self, grant_id: UUID, *, at: datetime, after: timedelta) -> None:
        """Its app was used now; written once in so long a time."""
        self._session.execute(
            update(Grant)
            .where(Grant.id == grant_id, Grant.last_used_at < at - after)
            .values(last_used_at=at)
            .execution_options(synchronize_session=False)
        )

    def begin(self, grant: Grant) -> bool:
        """Write the first grant between the two down; False if there is a live one by now."""
        row = {name: getattr(grant, name) for name in _COLUMNS}
        return _FIRST[self._session.get_bind().dialect.name].scalar(self._session, row) is not None

    def own(self, grant_id: UUID, *, user_id: UUID) -> tuple[Grant, Client] | None:
        """A live grant of this person, with its client; of nobody else's any."""
        query = select(Grant, Client).join(Client, Client.id == Grant.client_pk)
        row = self._session.execute(
            query.where(Grant.id == grant_id, Grant.user_id == user_id, Grant.revoked_at.is_(None))
        ).first()
        return None if row is None else (row[0], row[1])

    def connections_of(self, user_id: UUID) -> Sequence[Connection]:
        """The person's connected apps, by name, with the last time that a token was issued."""
        refreshed = (
            select(TokenFamily.grant_id, func.max(RefreshToken.created_at).label("at"))
            .join(RefreshToken, RefreshToken.family_id == TokenFamily.id)
            .where(TokenFamily.user_id == user_id)
            .group_by(TokenFamily.grant_id)
            .subquery()
        )
        query = (
            select(Grant, Client, refreshed.c.at)
            .join(Client, Client.id == Grant.client_pk)
            .outerjoin(refreshed, refreshed.c.grant_id == Grant.id)
            .where(Grant.user_id == user_id, Grant.revoked_at.is_(None))
            .order_by(func.lower(Client.client_name), Grant.id)
        )
        return [
            Connection(
                grant_id=grant.id,
                client_name=client.client_name,
                client_uri=client.client_uri,
                logo_uri=client.logo_uri,
                scopes=tuple(grant.scopes),
                claims=tuple(grant.claims),
                granted_at=grant.granted_at,
                last_used_at=max(grant.last_used_at, refreshed_at or grant.last_used_at),
            )
            for grant, client, refreshed_at in self._session.execute(query)
        ]
