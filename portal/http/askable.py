"""What somebody may ask for: roles and groups that were opened to requests, and apps that are closed to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository import Group, Groups, Role, Roles
from portal.access.repository.requests import AccessRequests, Requestables
from portal.access.rules.decisions import Decision
from portal.access.rules.requests import Wanted, wanted
from portal.clients.repository import Client, Clients
from portal.grants.repository.closed_apps import ClosedApps

MOST_SHOWN: Final = 50
"""Of each kind; whoever looks for more types a part of its name."""
REFERENCE_LIFETIME: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Askable:
    """One thing that could be asked for."""

    target: Wanted
    name: str
    description: str = ""
    is_asked: bool = False
    """Whether this person has asked for it, and the answer is still to come."""


class Askables:
    """What one person may ask for at one moment."""

    def __init__(self, session: Session, user_id: UUID, *, at: datetime) -> None:
        self._session, self._user_id, self._at = session, user_id, at
        self._waiting = AccessRequests(session).open_targets_of(user_id)
        self._held = {role.role_id for role in Roles(session).held_by(user_id, at=at)}
        self._held |= {group.group_id for group in Groups(session).of_user(user_id, at=at)}

    def roles(self, search: str = "") -> list[Askable]:
        return self._askable(Requestables(self._session).roles(search=search, most=MOST_SHOWN))

    def groups(self, search: str = "") -> list[Askable]:
        return self._askable(Requestables(self._session).groups(search=search, most=MOST_SHOWN))

    def apps(self, search: str = "") -> list[Askable]:
        found = ClosedApps(self._session).of(self._user_id, at=self._at, search=search, most=MOST_SHOWN)
        return [self._app(client) for client in found]

    def one(self, target: Wanted | None) -> Askable | None:
        """This very thing, if it may be asked for."""
        if target is None:
            return None
        if target.type == "client":
            client = ClosedApps(self._session).find(target.id, self._user_id, at=self._at)
            return self._app(client) if client else None
        found = Requestables(self._session).find(target)
        return next(iter(self._askable([found])), None) if found else None

    def app(self, text: str) -> Askable | None:
        """The app that sent somebody here, by the id of its row or by its client ID."""
        target = wanted(f"client:{text}")
        client = None if target else Clients(self._session).by_client_id(text)
        return self.one(Wanted("client", client.id) if client else target)

    def that_would_have_helped(self, reference: str) -> list[Askable]:
        """Roles that would have let this very person do what they were refused, as the refusal's explanation says."""
        refusals = Requestables(self._session)
        refusal = refusals.refusal(self._user_id, reference, since=self._at - REFERENCE_LIFETIME)
        helpful = roles_that_would_help(refusal.details.get("decision")) if refusal else []
        return self._askable(refusals.roles(among=helpful, most=MOST_SHOWN)) if helpful else []

    def _askable(self, found: Sequence[Role | Group]) -> list[Askable]:
        return [
            Askable(
                target=Wanted("group" if isinstance(one, Group) else "role", one.id),
                name=one.name,
                description=one.description,
                is_asked=one.id in self._waiting,
            )
            for one in found
            if one.id not in self._held
        ]

    def _app(self, client: Client) -> Askable:
        return Askable(
            target=Wanted("client", client.id),
            name=client.client_name,
            description=client.client_uri or "",
            is_asked=client.id in self._waiting,
        )


def roles_that_would_help(explanation: object) -> list[UUID]:
    """The roles that a refusal's explanation says would have changed the answer; none of one that can't be read."""
    try:
        decision = Decision.from_json(explanation)
    except ValueError:
        return []
    return [UUID(remedy.role_id) for remedy in decision.remedies if remedy.role_id]
