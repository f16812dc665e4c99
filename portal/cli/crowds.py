"""Rows of invented people and of what they leave behind, made in order of time and never kept in memory together."""

import random
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from portal.infra.ids import new_id

Row = Mapping[str, Any]

GIVEN: Final = (
    "Maya", "Devon", "Aiko", "Tomás", "Ingrid", "Samir", "Lucía", "Noor", "Jonas", "Amara", "Pavel", "Chloé", "Ravi",
    "Freya", "Omar", "Yuki", "Elif", "Mateus", "Wanjiru", "Björn", "Priya", "Sofia", "Kofi", "Hana",
)  # fmt: skip
FAMILY: Final = (
    "Okafor", "Reyes", "Tanaka", "Figueroa", "Solheim", "Haddad", "Marchetti", "Lindqvist", "Petrov", "Nair", "Costa",
    "Weber", "Kaya", "Dubois", "Mensah", "Novák", "Raman", "Silva", "Larsen", "Moreau", "Adeyemi", "Kowalski",
)  # fmt: skip
DOMAINS: Final = ("meridian.example", "harbour.example", "example.org", "mail.example.net")
BROWSERS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
)
_ASCII: Final = str.maketrans("áéíóúöšč", "aeiouosc")
ROLE: Final = "trial-role-"
GROUP: Final = "Trial group "
YEARS: Final = timedelta(days=3 * 365)
"""How long ago the first of them came."""
MONTH: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Named:
    """What later rows need to know of a person, a role or a group."""

    id: UUID
    name: str


@dataclass
class Crowd:
    """Invents rows; the same seed invents the same people, under other ids."""

    now: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(2026))  # noqa: S311 - invented people

    def people(self, count: int, *, beginning: int) -> Iterator[Row]:
        """Accounts, the oldest first; their names go on from the number `beginning`."""
        for number in range(count):
            joined = self.now - YEARS * ((count - number) / max(count, 1))
            given, family = self.chance.choice(GIVEN), self.chance.choice(FAMILY)
            username = f"{given}.{family}{beginning + number}".lower().translate(_ASCII)
            is_active, last = self.chance.random() > 0.02, self.chance.random()
            yield {
                "id": new_id(),
                "username": username,
                "email": f"{username}@{self.chance.choice(DOMAINS)}",
                "name": f"{given} {family}",
                "given_name": given,
                "family_name": family,
                "created_at": joined,
                "updated_at": joined,
                "email_verified_at": joined if self.chance.random() > 0.05 else None,
                "last_sign_in_at": joined + (self.now - joined) * last if last > 0.3 else None,
                "is_active": is_active,
                "disabled_reason": None if is_active else "Left the company",
                "security_epoch": 0,
            }

    def roles(self, count: int) -> Iterator[Row]:
        for number in range(1, count + 1):
            yield {
                "id": new_id(),
                "name": f"{ROLE}{number:03}",
                "description": f"Invented role number {number}",
                "is_system": False,
                "created_at": self.now,
                "is_requestable": number % 2 == 0,
            }

    def groups(self, count: int) -> Iterator[Row]:
        for number in range(1, count + 1):
            yield {
                "id": new_id(),
                "name": f"{GROUP}{number:03}",
                "description": f"Invented group number {number}",
                "is_requestable": number % 2 == 0,
                "created_at": self.now,
            }

    def apps(self, count: int) -> Iterator[Row]:
        for number in range(1, count + 1):
            made = self.now - YEARS * ((count - number) / count)
            yield {
                "id": new_id(),
                "client_id": new_id().hex,
                "client_name": f"Trial app {number:03}",
                "kind": "web",
                "token_endpoint_auth_method": "client_secret_basic",
                "redirect_uris": [f"https://app{number}.example/callback"],
                "post_logout_redirect_uris": [],
                "grant_types": ["authorization_code"],
                "response_types": ["code"],
                "scope": "openid profile",
                "id_token_signed_response_alg": "RS256",
                "require_pkce": True,
                "require_consent": True,
                "everyone_may_use": number % 3 != 0,
                "is_active": number % 10 != 0,
                "created_at": made,
                "updated_at": made,
            }

    def assignments(self, people: list[Named], default: UUID, roles: list[Named]) -> Iterator[Row]:
        """The default role for everybody, and one more for every third; one in five of those ends some day."""
        for number, person in enumerate(people):
            yield self._assignment(person, default, None)
            if roles and number % 3 == 0:
                ends = self.now + MONTH if number % 5 == 0 else None
                yield self._assignment(person, self._skewed(roles), ends)

    def _assignment(self, person: Named, role: UUID, ends: datetime | None) -> Row:
        return {
            "id": new_id(),
            "user_id": person.id,
            "role_id": role,
            "assigned_at": self.now,
            "expires_at": ends,
            "reason": "invented for a trial",
        }

    def memberships(self, people: list[Named], groups: list[Named]) -> Iterator[Row]:
        """Everybody in one group; the first of them are large, as in life."""
        for person in people if groups else ():
            yield {
                "id": new_id(),
                "group_id": self._skewed(groups),
                "user_id": person.id,
                "added_at": self.now,
                "expires_at": None,
                "reason": "invented for a trial",
            }

    def _skewed(self, things: list[Named]) -> UUID:
        return things[int(len(things) * self.chance.random() ** 2)].id

    def sessions(self, people: list[Named], count: int) -> Iterator[Row]:
        """Browsers that are signed in now."""
        for number in range(count):
            opened = self.now - timedelta(days=6) * ((count - number) / count)
            yield {
                "id": new_id(),
                "user_id": self.chance.choice(people).id,
                "token_hash": secrets.token_bytes(32),
                "created_at": opened,
                "auth_time": opened,
                "last_seen_at": opened,
                "idle_expires_at": self.now + timedelta(days=1),
                "expires_at": self.now + timedelta(days=7),
                "security_epoch": 0,
                "amr": ["pwd"],
                "acr": "1",
                "ip": self._address(),
                "user_agent": self.chance.choice(BROWSERS),
                "metadata": {},
            }

    def requests(self, people: list[Named], roles: list[Named], count: int) -> Iterator[Row]:
        """Wishes for roles, each person's for another one; one in ten still waits."""
        for number in range(min(count, len(people)) if roles else 0):
            role, asked = roles[number % len(roles)], self.now - MONTH * ((count - number) / count)
            is_open = number % 10 == 0
            yield {
                "id": new_id(),
                "user_id": people[number].id,
                "target_type": "role",
                "target_id": role.id,
                "target_label": role.name,
                "reason": "invented for a trial",
                "state": "open" if is_open else "approved",
                "created_at": asked,
                "decided_at": None if is_open else self.now,
            }

    def entries(self, people: list[Named], count: int) -> Iterator[Row]:
        """Sign-ins of a month, one in twenty refused."""
        for number in range(count):
            person, failed = self.chance.choice(people), number % 20 == 0
            yield {
                "id": new_id(),
                "created_at": self.now - MONTH * ((count - number) / count),
                "action": "user.sign_in_failed" if failed else "user.signed_in",
                "outcome": "failure" if failed else "success",
                "actor_kind": "anonymous" if failed else "user",
                "actor_id": None if failed else person.id,
                "actor_label": "Visitor" if failed else person.name,
                "user_id": person.id,
                "resource_type": "user",
                "resource_id": person.id,
                "resource_label": person.name,
                "details": {"seeded": True},
                "reason": "wrong_password" if failed else None,
                "ip": self._address(),
                "user_agent": self.chance.choice(BROWSERS),
            }

    def _address(self) -> str:
        return f"203.0.113.{self.chance.randint(1, 250)}"


def subject_of(entry: Row) -> Row:
    """The row by which an entry is found again from its person."""
    return {
        "entry_id": entry["id"],
        "position": 0,
        "resource_type": entry["resource_type"],
        "resource_id": entry["resource_id"],
        "resource_label": entry["resource_label"],
        "created_at": entry["created_at"],
    }
