"""Questions about apps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, exists, func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session

from portal.access.models import Group, Role
from portal.access.rules.blast_radius import AppRule
from portal.clients.errors import ClientNotFound
from portal.clients.models import Client, ClientGroup, ClientRole, ClientSecret, InitialAccessToken
from portal.infra.crypto.digests import Parsed
from portal.infra.events import Ref
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

__all__ = [
    "Audience",
    "Client",
    "ClientSecret",
    "ClientSecrets",
    "ClientState",
    "Clients",
    "InitialAccessToken",
    "InitialAccessTokens",
]

ClientState = Literal["active", "disabled", "unvouched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The roles and groups that an app is open to, by name."""

    roles: tuple[Ref, ...] = ()
    groups: tuple[Ref, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.refs)

    @property
    def refs(self) -> tuple[Ref, ...]:
        return (*self.roles, *self.groups)

    def describe(self) -> dict[str, list[str]]:
        """As the audit log tells it."""
        return {
            "roles": [role.label for role in self.roles],
            "groups": [group.label for group in self.groups],
        }


class Clients:
    """Every registered app."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, client_pk: UUID) -> Client | None:
        return self._session.get(Client, client_pk)

    def get(self, client_pk: UUID) -> Client:
        """By the id of its row.

        Raises:
            ClientNotFound: no such row.
        """
        client = self.find(client_pk)
        if client is None:
            raise ClientNotFound
        return client

    def get_to_change(self, client_pk: UUID) -> Client:
        """The same, locked until the end of the unit, so that what the audit log calls "before" is true.

        Raises:
            ClientNotFound: no such row.
        """
        client = self._session.scalar(select(Client).where(Client.id == client_pk).with_for_update())
        if client is None:
            raise ClientNotFound
        return client

    def by_client_id(self, client_id: str) -> Client | None:
        return self._session.scalar(select(Client).where(Client.client_id == client_id))

    def unvouched_since(self, moment: datetime) -> int:
        """How many apps that nobody knows have come by themselves since then."""
        query = select(func.count()).where(~Client.is_vouched, Client.created_at >= moment)
        return self._session.scalar(query) or 0

    def count_unvouched(self) -> int:
        """How many apps wait for somebody to say whose they are."""
        return self._session.scalar(select(func.count()).where(~Client.is_vouched)) or 0

    def exist(self) -> bool:
        """Whether any app was ever registered and is still there."""
        return self._session.scalar(select(exists().select_from(Client))) is True

    def seen_a_sign_in(self) -> bool:
        """Whether anybody has ever signed in to one of the apps."""
        return self._session.scalar(select(exists().where(Client.first_sign_in_at.is_not(None)))) is True

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(Client)) or 0

    def page(
        self,
        *,
        search: str = "",
        state: ClientState | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Client]:
        """Newest first. `before` goes on to older apps, `after` back to newer ones."""
        query = _in_state(_matching(select(Client), search), state)
        return keyset_page(self._session, query, Client.id, before=before, after=after, size=size)

    def audience_of(self, client_pk: UUID) -> Audience:
        """Whose holders and members may use the app, in one statement; it matters only where not everyone may."""
        roles = select(literal("role"), Role.id, Role.name).join(ClientRole, ClientRole.role_id == Role.id)
        groups = select(literal("group"), Group.id, Group.name).join(
            ClientGroup, ClientGroup.group_id == Group.id
        )
        both = union_all(
            roles.where(ClientRole.client_pk == client_pk), groups.where(ClientGroup.client_pk == client_pk)
        )
        rows = sorted((Ref(*row) for row in self._session.execute(both)), key=lambda ref: ref.label.lower())
        return Audience(
            roles=tuple(ref for ref in rows if ref.type == "role"),
            groups=tuple(ref for ref in rows if ref.type == "group"),
        )

    def opened_by_role(self, role_id: UUID) -> Sequence[Client]:
        """Apps that the role's holders may use because of it; those open to everyone are none of its doing."""
        return self._chosen(select(ClientRole.client_pk).where(ClientRole.role_id == role_id))

    def opened_by_group(self, group_id: UUID) -> Sequence[Client]:
        """The same for the members of a group."""
        return self._chosen(select(ClientGroup.client_pk).where(ClientGroup.group_id == group_id))

    def rules(self) -> Mapping[UUID, AppRule]:
        """Who may use which app, to compare before and after; one statement for each kind of row."""
        roles: dict[UUID, set[UUID]] = {}
        groups: dict[UUID, set[UUID]] = {}
        for client_pk, role_id in self._session.execute(select(ClientRole.client_pk, ClientRole.role_id)):
            roles.setdefault(client_pk, set()).add(role_id)
        for client_pk, group_id in self._session.execute(select(ClientGroup.client_pk, ClientGroup.group_id)):
            groups.setdefault(client_pk, set()).add(group_id)
        apps = select(Client.id, Client.client_name, Client.everyone_may_use)
        return {
            client_pk: AppRule(
                name,
                for_everyone=everyone,
                role_ids=frozenset(roles.get(client_pk, ())),
                group_ids=frozenset(groups.get(client_pk, ())),
            )
            for client_pk, name, everyone in self._session.execute(apps)
        }

    def _chosen(self, client_pks: Select[UUID]) -> Sequence[Client]:
        query = select(Client).where(Client.id.in_(client_pks), ~Client.everyone_may_use)
        return self._session.scalars(query.order_by(func.lower(Client.client_name))).all()


class ClientSecrets:
    """The secrets of confidential clients, as digests."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def live_of(self, client_pk: UUID, *, at: datetime) -> list[ClientSecret]:
        """Those that still work, newest first."""
        query = select(ClientSecret).where(
            ClientSecret.client_pk == client_pk,
            ClientSecret.revoked_at.is_(None),
            or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > at),
        )
        return list(self._session.scalars(query.order_by(ClientSecret.id.desc())))

    def note_use(self, secret_id: UUID, *, at: datetime) -> None:
        """It proved somebody to be its client. Never back to an earlier time, whoever comes later."""
        is_older = or_(ClientSecret.last_used_at.is_(None), ClientSecret.last_used_at < at)
        self._session.execute(
            update(ClientSecret).where(ClientSecret.id == secret_id, is_older).values(last_used_at=at)
        )


class InitialAccessTokens:
    """What lets programs register apps."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Sequence[InitialAccessToken]:
        """Newest first, also those that are over."""
        return self._session.scalars(select(InitialAccessToken).order_by(InitialAccessToken.id.desc())).all()

    def find(self, token_id: UUID) -> InitialAccessToken | None:
        return self._session.get(InitialAccessToken, token_id)

    def get_to_change(self, token_id: UUID) -> InitialAccessToken | None:
        return self._session.scalar(
            select(InitialAccessToken).where(InitialAccessToken.id == token_id).with_for_update()
        )

    def spend(self, presented: Parsed, *, at: datetime) -> InitialAccessToken | None:
        """One use less, in one statement, so that two who come at once can't both have the last; None if the token is
        unknown, revoked, over or used up.
        """
        return self._session.scalar(
            update(InitialAccessToken)
            .where(
                InitialAccessToken.id == presented.id,
                InitialAccessToken.digest == presented.digest,
                InitialAccessToken.revoked_at.is_(None),
                InitialAccessToken.expires_at > at,
                InitialAccessToken.uses_left > 0,
            )
            .values(uses_left=InitialAccessToken.uses_left - 1)
            .returning(InitialAccessToken)
        )


def _matching(query: Select[Client], search: str) -> Select[Client]:
    """Part of the name, or the whole `client_id` as it is pasted from somewhere."""
    text = search.strip()
    if not text:
        return query
    named = func.lower(Client.client_name).contains(text.lower(), autoescape=True)
    return query.where(or_(named, Client.client_id == text))


def _in_state(query: Select[Client], state: ClientState | None) -> Select[Client]:
    match state:
        case "active":
            return query.where(Client.is_active)
        case "disabled":
            return query.where(~Client.is_active)
        case "unvouched":
            return query.where(~Client.is_vouched)
        case None:
            return query
