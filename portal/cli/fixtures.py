"""Fixtures of a trial: a file of people and apps, read and put in place."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from portal.accounts.repository import Users
from portal.accounts.schemas.trial import TrialPerson
from portal.accounts.usecases.trial import place_person
from portal.bootstrap import Portal
from portal.cli.exits import StartFailed
from portal.clients.schemas.trial import TrialClient
from portal.clients.usecases.trial import place_client
from portal.infra.actor import CLI
from portal.infra.errors import DomainError, Invalid
from portal.infra.settings import LOOPBACK_HOSTS, Settings

MOST_BYTES: Final = 1_000_000
MOST: Final = 100


class NotATrial(StartFailed):
    """This may be somebody's real portal."""


class FileRefused(StartFailed):
    """The file can't be used; the text says where and why."""


class Fixtures(BaseModel):
    """A whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    people: list[TrialPerson] = Field(default_factory=list, max_length=MOST)
    clients: list[TrialClient] = Field(default_factory=list, max_length=MOST)


def read_fixtures(file: Path) -> Fixtures:
    """The file's people and apps.

    Raises:
        FileRefused: it can't be read, or something in it is wrong.
    """
    try:
        return Fixtures.model_validate(_document(file))
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        words = str(first.get("ctx", {}).get("error", first["msg"]))
        raise FileRefused(f"{file}: {'.'.join(map(str, first['loc']))}: {words}") from None


def place(portal: Portal, fixtures: Fixtures, *, surely: bool) -> Iterator[str]:
    """Everything of the file, or nothing of it; a line for each thing that is there now.

    Raises:
        NotATrial: nothing has happened.
        FileRefused: an app's settings contradict each other.
    """
    _refuse_production(portal, fixtures, surely=surely)
    hashes = [portal.ports.passwords.hash(person.password) for person in fixtures.people]
    with portal.unit_of_work(CLI) as uow:
        for person, password_hash in zip(fixtures.people, hashes, strict=True):
            place_person(uow, person, password_hash=password_hash)
        for client in fixtures.clients:
            try:
                place_client(uow, client)
            except DomainError as problem:
                raise FileRefused(f"{client.client_id}: {_told(problem)}") from None
    yield from (f"{person.email}: {person.name}" for person in fixtures.people)
    yield from (f"{client.client_id}: {client.client_name}, {client.kind}" for client in fixtures.clients)
    yield f"discoveryUrl: {portal.settings.base_url}/.well-known/openid-configuration"


def is_trial(settings: Settings) -> bool:
    """Whether nobody could mistake this portal for one where people live."""
    return settings.trial or urlsplit(settings.base_url).hostname in LOOPBACK_HOSTS


def _refuse_production(portal: Portal, fixtures: Fixtures, *, surely: bool) -> None:
    if not is_trial(portal.settings):
        raise NotATrial("this portal is not on localhost; set PORTAL_TRIAL=true where it is for trials only")
    with portal.reading() as session:
        users = Users(session)
        known = users.emails_among([person.email.lower() for person in fixtures.people])
        others = users.count() - len(known)
    if others and not surely:
        raise NotATrial(
            f"{others} other people have accounts here; if that is a trial too, say --yes-this-is-a-trial"
        )


def _document(file: Path) -> Any:  # noqa: ANN401 - whatever the file holds, for the schema to judge
    try:
        if file.stat().st_size > MOST_BYTES:
            raise FileRefused(f"{file} is too large")
        text = file.read_text(encoding="utf-8")
        return json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as problem:
        raise FileRefused(f"{file} can't be read: {problem}") from None


def _told(problem: DomainError) -> str:
    if isinstance(problem, Invalid) and problem.fields:
        return "; ".join(f"{one.field}: {one.message}" for one in problem.fields)
    return problem.message
