"""For each argument of a route, something that is there: made for the test that asks, so that it may be deleted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.access.rules.requests import Wanted
from portal.access.schemas.requests import AskForAccess
from portal.access.schemas.reviews import StartReview
from portal.access.schemas.roles import CreateRole
from portal.access.services.giving import give_role_to
from portal.access.usecases.requests import request_access
from portal.access.usecases.reviews import start_review
from portal.access.usecases.roles import create_role
from portal.accounts.models import User
from portal.audit.models import AuditLog
from portal.audit.schemas import SaveView
from portal.audit.usecases import save_view
from portal.clients.models import ClientSecret
from portal.clients.schemas import MakeInitialAccessToken
from portal.clients.usecases.initial_access import make_initial_access_token
from portal.grants.models import Grant, LogoutNotice, TokenFamily
from portal.grants.schemas import MakePersonalToken
from portal.grants.usecases.key_import import import_signing_key
from portal.grants.usecases.personal_tokens import make_personal_token
from portal.infra.actor import SYSTEM, Actor
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.crypto.jose import new_key
from portal.infra.ids import new_id
from portal.infra.letters import MAIL
from portal.infra.outbox import OutboxMessage
from portal.sessions.services import open_session
from tests.oauth.steps import App, tokens_for
from tests.support.granted import Granted, grant_everything
from tests.support.inhabited import Inhabited, register
from tests.support.long_work import waiting_job, written_export
from tests.support.people import add_person


@dataclass(frozen=True)
class Rows:
    """Rows behind the arguments of one route."""

    world: Inhabited
    endpoint: str

    @cached_property
    def owner(self) -> User:
        """Whose session it is: their own on their own pages, somebody else's for operators."""
        if self.endpoint.startswith("account."):
            return self.world.person
        return add_person(self.world.portal, f"otto-{new_id().hex}@example.org")

    @cached_property
    def _registered(self) -> tuple[App, UUID]:
        return register(self.world.portal)

    @cached_property
    def _granted(self) -> Granted:
        return grant_everything(self.world.portal, self.owner.id)

    def _recovery_link(self) -> str:
        """Of somebody new: how often one address is written to is bounded."""
        return self.world.recovery_link(self.owner.email)

    def user(self) -> UUID:
        return self.owner.id

    def role(self) -> UUID:
        return self._granted.role_id

    def group(self) -> UUID:
        return self._granted.group_id

    def resource(self) -> UUID:
        return self._granted.resource_id

    def permission(self) -> UUID:
        return self._granted.permission_id

    def session(self) -> UUID:
        owner = self.owner  # is written down in a unit of its own
        with self.world.portal.unit_of_work(SYSTEM) as uow:
            return open_session(uow, uow.session.merge(owner)).session.id

    def client(self) -> UUID:
        return self._registered[1]

    def client_id(self) -> str:
        return self._registered[0].client_id

    def made_token(self) -> UUID:
        """One that somebody made: for a script of theirs, or with which programs register apps."""
        owner = self.owner  # is written down in a unit of its own
        with self.world.portal.unit_of_work(SYSTEM) as uow:
            if self.endpoint.endswith(".revoke_token"):
                wish = MakePersonalToken(name="Script", scopes=["account:read"], days=30)
                return make_personal_token(uow, uow.session.merge(owner), wish).token.id
            return make_initial_access_token(uow, MakeInitialAccessToken(label="Pipeline")).token.id

    def secret(self) -> UUID:
        with self.world.portal.reading() as session:
            wanted = select(ClientSecret.id).where(ClientSecret.client_pk == self.client())
            return session.scalars(wanted).one()

    def grant(self) -> UUID:
        tokens_for(self.world.browser(self.world.person), self._registered[0])
        with self.world.portal.reading() as session:
            return session.scalars(select(Grant.id).where(Grant.client_pk == self.client())).one()

    def entry(self) -> UUID:
        with self.world.portal.reading() as session:
            return session.scalars(select(AuditLog.id).limit(1)).one()

    def message(self) -> UUID:
        self._recovery_link()
        with self.world.portal.reading() as session:
            return session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == MAIL).limit(1)).one()

    def notice(self) -> UUID:
        """That an app was told of somebody who left."""
        with self.world.portal.unit_of_work(SYSTEM) as uow:
            notice = LogoutNotice(
                id=new_id(), client_pk=self.client(), user_id=self.owner.id, created_at=uow.now
            )
            uow.session.add(notice)
        return notice.id

    def algorithm(self) -> str:
        return "EdDSA"

    def signing_key(self) -> UUID:
        """One that only verifies, so that whoever revokes it takes nobody else's signatures away."""
        with self.world.portal.unit_of_work(SYSTEM) as uow:
            return import_signing_key(uow, new_key("EdDSA"), state="retired").id

    def token(self) -> str:
        """A link's secret; setup is over where there is an administrator, so that one is only well-formed."""
        match self.endpoint:
            case "verify.link":
                return self.world.sign_up_link(f"nora-{new_id().hex}@example.org")
            case "account.confirm_email":
                return self.world.email_change_link(self.world.person, f"nora-{new_id().hex}@example.org")
            case "recover.reset":
                return self._recovery_link()
            case _:
                return issue(TokenKind.SETUP, new_id()).token

    def request(self) -> UUID:
        """Something that a person asked for: what they may withdraw, and others may answer."""
        with self.world.portal.unit_of_work(SYSTEM) as uow:
            wish = CreateRole(name=f"on call {new_id().hex}", is_requestable=True)
            target = Wanted("role", create_role(uow, wish).id)
        asking = self.world.person
        actor = Actor(kind="user", id=asking.id, label=asking.username)
        with self.world.portal.unit_of_work(actor) as uow:
            return request_access(uow, AskForAccess(thing=target, reason="On call this week")).id

    def review(self) -> UUID:
        with self.world.portal.unit_of_work(SYSTEM) as uow:
            role = create_role(uow, CreateRole(name=f"on call {new_id().hex}"))
            give_role_to(uow, self.world.person.ref, role)
            target = Wanted("role", role.id)
            wish = StartReview(thing=target, reviewer=self.world.administrator.username, due_at="2031-12-24")
            return start_review(uow, wish).id

    def reference(self) -> str:
        """Under which a no is kept that this person was told."""
        page = self.world.browser(self.world.person).get("/admin/users").text
        return page[(start := page.index("req_")) : start + 24]

    def kind(self) -> str:
        """Of a row that has a history."""
        return "user"

    def family(self) -> UUID:
        """The tokens of one sign-in."""
        tokens_for(self.world.browser(self.world.person), self._registered[0])
        with self.world.portal.reading() as session:
            wanted = select(TokenFamily.id).where(TokenFamily.client_pk == self.client())
            return session.scalars(wanted).one()

    def section(self) -> str:
        """A group of an app's settings."""
        return "tokens"

    def view(self) -> UUID:
        """A filter of the log that an administrator keeps, and others see."""
        owner = self.world.administrator
        actor = Actor(kind="user", id=owner.id, label=owner.username)
        with self.world.portal.unit_of_work(actor) as uow:
            wish = SaveView(name=f"Failures {new_id().hex}", is_shared=True)
            return save_view(uow, wish, query={"outcome": "failure"}).id

    def stash(self) -> UUID:
        """What an operator has put by is there for their own browser only; to anybody else it is gone."""
        return new_id()

    def filename(self) -> str:
        return "css/portal.css"


MAKERS: Final[Mapping[str, Callable[[Rows], UUID | str]]] = {
    "algorithm": Rows.algorithm,
    "client_id": Rows.client_id,
    "client_pk": Rows.client,
    "entry_id": Rows.entry,
    "family_id": Rows.family,
    "filename": Rows.filename,
    "grant_id": Rows.grant,
    "group": Rows.section,
    "name": lambda _: "me",  # a room of the API's reference
    "export_id": lambda rows: written_export(rows.world),
    "job_id": lambda rows: waiting_job(rows.world),
    "key_id": Rows.signing_key,
    "kind": Rows.kind,
    "message_id": Rows.message,
    "notice_id": Rows.notice,
    "reference": Rows.reference,
    "request_id": Rows.request,
    "review_id": Rows.review,
    "group_id": Rows.group,
    "permission_id": Rows.permission,
    "resource_id": Rows.resource,
    "role_id": Rows.role,
    "row_id": Rows.user,
    "secret_id": Rows.secret,
    "session_id": Rows.session,
    "stash_id": Rows.stash,
    "token": Rows.token,
    "token_id": Rows.made_token,
    "user_id": Rows.user,
    "view_id": Rows.view,
}


def arguments_for(world: Inhabited, endpoint: str, names: Iterable[str]) -> dict[str, str]:
    """A value for each of these arguments, all of one story."""
    rows = Rows(world, endpoint)
    return {name: str(MAKERS[name](rows)) for name in names}
