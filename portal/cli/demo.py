"""A portal full of invented people and apps, to look around in. Everything in it came about by real use cases."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from portal.access.services import assign_role, ensure_built_in_roles
from portal.accounts.errors import EmailTaken
from portal.accounts.schemas import DisableUser, SignIn
from portal.accounts.services import User, create_user
from portal.accounts.usecases.manage_users import disable_user
from portal.bootstrap import Portal, build_portal
from portal.cli.demo_access import appoint_auditor, furnish_access, welcome
from portal.clients.schemas import RegisterClient
from portal.clients.usecases.registration import register_client
from portal.infra.actor import CLI, Actor
from portal.infra.clock import SystemClock
from portal.infra.crypto.passwords import Verdict
from portal.infra.settings import Settings
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.services import open_session
from portal.sessions.usecases.sign_in import PasswordAccepted, begin_password_check, finish_password_check

ADMINISTRATOR = "ada@example.org"
DAYS = 30
GIVEN = (
    "Maya", "Devon", "Aiko", "Tomás", "Ingrid", "Samir", "Lucía", "Noor", "Jonas",
    "Amara", "Pavel", "Chloé", "Ravi", "Freya", "Omar", "Yuki", "Elif", "Mateus",
)  # fmt: skip
FAMILY = (
    "Okafor", "Reyes", "Tanaka", "Figueroa", "Solheim", "Haddad", "Marchetti",
    "Lindqvist", "Petrov", "Nair", "Costa", "Weber", "Kaya", "Dubois",
)  # fmt: skip
APPS = (
    ("Kestrel CI", "web", "https://ci.example.org/oauth/callback", "Engineering"),
    ("Harbour Wiki", "web", "https://wiki.example.org/auth/oidc/callback", ""),
    ("Ledger", "spa", "https://ledger.example.org/signed-in", "Finance"),
    ("Fieldnotes", "native", "org.example.fieldnotes:/callback", ""),
    ("Nightly export", "service", "", "nobody"),
)
"""Name, kind, where people come back to, and the group that may use it; everyone may where none is named."""
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
)


@dataclass
class PastClock:
    """A clock that stands where the story is."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Story:
    """A portal in the past; `devices` is what each person's browser keeps, so that it is new only once."""

    portal: Portal
    clock: PastClock
    chance: random.Random
    devices: dict[UUID, tuple[str, ...]] = field(default_factory=dict)


def furnish(settings: Settings, *, password: str) -> bool:
    """Fill an empty database with a month of life; False where somebody lives there already."""
    clock = PastClock(SystemClock().now() - timedelta(days=DAYS))
    portal = build_portal(settings, clock=clock)
    chance = random.Random(2026)  # noqa: S311 - invented people, the same ones each time
    try:
        ada = _administrator(portal, password)
    except EmailTaken:
        portal.engine.dispose()
        return False
    with portal.unit_of_work(_acting(ada)) as uow:
        access = furnish_access(uow, ada)
        for name, kind, uri, audience in APPS:
            wish: dict[str, object] = {
                "client_name": name,
                "kind": kind,
                "audience": "roles" if audience else "everyone",
            }
            wish |= {"redirect_uris": [uri] if uri else []}
            wish |= {"group_ids": [access.groups[audience].id]} if audience and uri else {}
            register_client(uow, RegisterClient.model_validate(wish))
    story = Story(portal, clock, chance)
    people = [ada]
    for day in _days(clock):
        if len(people) < len(GIVEN) * 2:
            newcomers = list(_newcomers(portal, chance, len(people)))
            for number, newcomer in enumerate(newcomers, len(people)):
                with portal.unit_of_work(_acting(ada)) as uow:
                    welcome(uow, access, newcomer, number=number, chance=chance)
            people.extend(newcomers)
        for person in chance.sample(people, k=min(len(people), 2 + day % 5)):
            _visit(story, person)
    with portal.unit_of_work(_acting(ada)) as uow:
        appoint_auditor(uow, people[5])
        disable_user(uow, people[-1].id, DisableUser(reason="Left the company"))
    portal.engine.dispose()
    return True


def _administrator(portal: Portal, password: str) -> User:
    password_hash = portal.ports.passwords.hash(password)
    with portal.unit_of_work(CLI) as uow:
        ensure_built_in_roles(uow)
    with portal.unit_of_work(CLI) as uow:
        user = create_user(
            uow, email=ADMINISTRATOR, name="Ada Byron", password_hash=password_hash, email_verified=True
        )
        assign_role(uow, "administrator", to=user.ref, reason="demo")
    return user


def _days(clock: PastClock) -> Iterator[int]:
    for day in range(DAYS):
        yield day
        clock.at += timedelta(days=1) if day < DAYS - 1 else timedelta(hours=20)


def _newcomers(portal: Portal, chance: random.Random, so_far: int) -> Iterator[User]:
    """One or two people a day, created by a colleague of theirs in the story: the command line."""
    for number in range(so_far, so_far + chance.randint(1, 2)):
        given = GIVEN[number % len(GIVEN)]
        family = FAMILY[(number * 5) % len(FAMILY)]
        local = f"{given}.{family}".lower().translate(str.maketrans("áéíóú", "aeiou"))
        with portal.unit_of_work(CLI) as uow:
            yield create_user(
                uow,
                email=f"{local}@example.org",
                name=f"{given} {family}",
                password_hash=None,
                email_verified=number % 7 != 0,
            )


def _visit(story: Story, person: User) -> None:
    """A person signs in, now and then only at the second try."""
    chance, clock = story.chance, story.clock
    visitor = Actor(
        kind="anonymous",
        label="Visitor",
        ip=f"203.0.113.{chance.randint(1, 250)}",
        user_agent=chance.choice(BROWSERS),
    )
    before = clock.at
    clock.at += timedelta(seconds=chance.randint(60, 36_000))
    for matches in (False, True) if chance.random() < 0.3 else (True,):
        with story.portal.unit_of_work(visitor) as uow:
            _try_password(uow, story, person, matches=matches)
    clock.at = before


def _try_password(uow: UnitOfWork, story: Story, person: User, *, matches: bool) -> None:
    check = begin_password_check(uow, SignIn(identifier=person.email, password="demo"))  # noqa: S106
    outcome = finish_password_check(uow, check, Verdict(matches=matches, needs_rehash=False))  # type: ignore[arg-type]
    if isinstance(outcome, PasswordAccepted):
        opened = open_session(uow, outcome.user, device_tokens=story.devices.get(person.id, ()))
        story.devices[person.id] = opened.device_tokens


def _acting(user: User) -> Actor:
    return replace(CLI, kind="user", id=user.id, label=user.username, ip="203.0.113.7")
