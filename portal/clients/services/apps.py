"""Steps that several use cases share: checking addresses by the app's kind, giving secrets, letting people in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.access.models import Group, Role
from portal.access.rules.blast_radius import AppRule
from portal.clients.errors import UnknownGroup, UnknownRole
from portal.clients.models import Client, ClientGroup, ClientRole, ClientSecret
from portal.clients.repository import Audience, Clients
from portal.clients.rules import ClientKind, preset_of, redirect_uri_problems
from portal.clients.rules.redirect_uris import MESSAGES
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.errors import FieldProblem, Invalid
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class IssuedSecret:
    """A new secret: `text` is shown to one person once and kept by nobody here."""

    secret: ClientSecret
    text: str = field(repr=False)


def kind_of(client: Client) -> ClientKind:
    """The row's kind as the rules know it; nothing else is ever stored there."""
    return cast(ClientKind, client.kind)


def check_addresses(
    kind: ClientKind, *, redirect_uris: Sequence[str], post_logout_redirect_uris: Sequence[str]
) -> None:
    """Whether an app of this kind may have these addresses.

    Raises:
        Invalid: with every line that can't stay, and why.
    """
    problems = [
        *_problems("redirect_uris", redirect_uris, kind),
        *_problems("post_logout_redirect_uris", post_logout_redirect_uris, kind),
    ]
    if preset_of(kind).signs_people_in and not redirect_uris:
        problems.append(
            FieldProblem("redirect_uris", "missing", "Give the address that the app is answered at")
        )
    if problems:
        raise Invalid("Some addresses can't be used.", code="redirect_uri_invalid", fields=tuple(problems))


def give_secret(uow: UnitOfWork, client: Client) -> IssuedSecret:
    """A new secret beside those that the client has."""
    row_id = new_id()
    issued = issue(TokenKind.CLIENT_SECRET, row_id)
    secret = ClientSecret(id=row_id, client_pk=client.id, digest=issued.digest, created_at=uow.now)
    uow.session.add(secret)
    return IssuedSecret(secret, issued.token)


def set_audience(
    uow: UnitOfWork, client: Client, *, role_ids: Iterable[UUID], group_ids: Iterable[UUID]
) -> tuple[Audience, Audience]:
    """Let the holders of exactly these roles and the members of exactly these groups in; who it was, and who it is.

    Raises:
        UnknownRole, UnknownGroup: one of them does not exist.
    """
    session, clients = uow.session, Clients(uow.session)
    roles, groups = set(role_ids), set(group_ids)
    if len(session.scalars(select(Role.id).where(Role.id.in_(roles))).all()) < len(roles):
        raise UnknownRole
    if len(session.scalars(select(Group.id).where(Group.id.in_(groups))).all()) < len(groups):
        raise UnknownGroup
    before = clients.audience_of(client.id)
    had_roles, had_groups = {role.id for role in before.roles}, {group.id for group in before.groups}
    session.execute(
        delete(ClientRole).where(ClientRole.client_pk == client.id, ClientRole.role_id.in_(had_roles - roles))
    )
    session.execute(
        delete(ClientGroup).where(
            ClientGroup.client_pk == client.id, ClientGroup.group_id.in_(had_groups - groups)
        )
    )
    session.add_all(ClientRole(client_pk=client.id, role_id=role_id) for role_id in roles - had_roles)
    session.add_all(ClientGroup(client_pk=client.id, group_id=group_id) for group_id in groups - had_groups)
    return before, clients.audience_of(client.id)


def app_rules(session: Session) -> dict[UUID, AppRule]:
    """Who may use which app, for the preview of a change: the apps that people sign in to."""
    roles = _named_by(session, ClientRole.client_pk, ClientRole.role_id)
    groups = _named_by(session, ClientGroup.client_pk, ClientGroup.group_id)
    return {
        client.id: AppRule(
            client.client_name,
            for_everyone=client.everyone_may_use,
            role_ids=roles.get(client.id, frozenset()),
            group_ids=groups.get(client.id, frozenset()),
        )
        for client in session.scalars(select(Client).where(Client.is_active))
        if client.signs_people_in
    }


def _named_by(
    session: Session, client_pk: InstrumentedAttribute[UUID], named: InstrumentedAttribute[UUID]
) -> dict[UUID, frozenset[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for one, other in session.execute(select(client_pk, named)):
        found[one].add(other)
    return {one: frozenset(others) for one, others in found.items()}


def note_first_sign_in(uow: UnitOfWork, client_pk: UUID) -> None:
    """Somebody has signed in to the app for the first time ever; a later first time changes nothing."""
    is_first = (Client.id == client_pk, Client.first_sign_in_at.is_(None))
    uow.session.execute(update(Client).where(*is_first).values(first_sign_in_at=uow.now))


def _problems(name: str, uris: Sequence[str], kind: ClientKind) -> list[FieldProblem]:
    """The first problem of each line, said with the line where there are several."""
    if uris and not preset_of(kind).signs_people_in:
        return [FieldProblem(name, "unexpected", "A service signs nobody in, so it has no such addresses")]
    found = []
    for number, uri in enumerate(uris, 1):
        for problem in redirect_uri_problems(uri, kind=kind)[:1]:
            line = f"Line {number}: " if len(uris) > 1 else ""
            found.append(FieldProblem(name, problem, f"{line}{MESSAGES[problem]}"))
    return found
