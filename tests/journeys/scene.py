"""A live portal with one of everything in it, for tests that look at every page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser, EmailChange
from portal.accounts.usecases.change_email import ask_email_change
from portal.accounts.usecases.manage_users import disable_user
from portal.accounts.usecases.recovery import send_recovery
from portal.app import create_app
from portal.audit.repository import AuditEntries, AuditFilter
from portal.clients.repository import Clients, ClientSecrets
from portal.clients.schemas import RegisterClient, RotateSecret
from portal.clients.usecases import register_client, rotate_secret
from portal.http.security import cookie_name
from portal.http.signing_in import SESSION
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.infra.letters import MAIL
from portal.infra.outbox import Outbox, OutboxMessage
from portal.jobs.delivery import deliver_due
from portal.sessions.services import open_session
from tests.journeys import pages
from tests.oauth.steps import CALLBACK, LEFT, App, tokens_for
from tests.support.asked import Asked, ask_everything
from tests.support.granted import Granted, grant_everything
from tests.support.people import add_person, sign_in

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from portal.clients.models import Client
    from tests.support.live import LivePortal


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The people, the apps, and where to find what they left."""

    live: LivePortal
    portal: Portal
    app: Flask
    sessions: dict[str, str] = field(repr=False)
    """For whoever looks at pages, the secret of a session."""
    maya: User
    devon: User
    noor: User
    kestrel: Client
    ledger: Client
    export: Client
    secret_id: UUID
    entry_id: UUID
    mail_id: UUID
    granted: Granted
    """A role, a group, a resource and a permission, all around Devon."""
    asked: Asked
    """What Maya asked for, and what Devon owns and is to look at again."""

    def let_in(self, context: BrowserContext, who: str) -> None:
        """Give this browser a session of that person, as a sign-in would have."""
        with self.app.app_context():
            name = cookie_name(SESSION)
        context.add_cookies(
            [{"name": name, "value": self.sessions[who], "url": self.live.url, "httpOnly": True}]
        )

    def let_in_anew(self, context: BrowserContext, person: User) -> None:
        """A session that may end, for it is nobody else's."""
        self.sessions["anew"] = _open(self.portal, person)
        self.let_in(context, "anew")

    def register(
        self,
        name: str,
        *,
        columns: dict[str, object] | None = None,
        switches: dict[str, object] | None = None,
        **wish: object,
    ) -> Client:
        """One more app, with some of its columns and switches changed."""
        made, _ = _register(self.portal, name, **wish)
        with self.portal.unit_of_work(SYSTEM) as uow:
            client = Clients(uow.session).get_to_change(made.id)
            for column, value in (columns or {}).items():
                setattr(client, column, value)
            client.switches = {**client.switches, **(switches or {})}
            client.updated_at = uow.now
        self.portal.clients.forget(made.id)
        with self.portal.reading() as session:
            return Clients(session).get(made.id)

    def side_of(self, client: Client) -> App:
        """A public app, from its own side."""
        return _side_of(client)

    def tokens(self, client: Client, person: User) -> dict[str, str]:
        """What the app gets for a person who signs in to it. A new secret is made for that."""
        with self.portal.unit_of_work(SYSTEM) as uow:
            secret = rotate_secret(uow, client.id, RotateSecret(overlap_seconds=86_400)).text
        visitor = sign_in(self.app.test_client(), self.portal, person)
        return tokens_for(visitor, _side_of(client, secret))

    def request(self, client: Client, **changes: str) -> str:
        """An authorization request of this app, as a path."""
        asked = _side_of(client).request(scope="openid profile email offline_access roles", **changes)
        return f"/oauth2/authorize?{urlencode(asked)}"

    def mailed_recovery(self, person: User) -> str:
        """The path of a fresh link for a new password."""
        so_far = len(self.live.post.to(person.email))
        with self.portal.unit_of_work(SYSTEM) as uow:
            send_recovery(uow, person.id)
        deliver_due(self.portal)
        link = pages.mailed_link(self.live.post, person.email, count=so_far + 1)
        return link.removeprefix(self.live.url)

    def mailed_email_change(self, person: User) -> str:
        """The path of a fresh link that moves the account to another address."""
        address = f"nora-{new_id().hex}@example.org"
        with self.portal.unit_of_work(SYSTEM) as uow:
            user = uow.session.merge(person)
            ask_email_change(uow, user, EmailChange(email=address, current_password="-"))
        deliver_due(self.portal)
        return pages.mailed_link(self.live.post, address).removeprefix(self.live.url)


def furnish(live: LivePortal, portal: Portal, ada: User) -> Scene:
    """Everything by use cases; a person who has an app, one who has nothing, one who is shut out."""
    app = create_app(portal.settings, portal=portal)
    maya = add_person(portal, "maya@meridian.example", name="Maya Okafor")
    devon = add_person(portal, "devon@meridian.example", name="Devon Reyes")
    noor = add_person(portal, "noor@meridian.example", name="Noor Haddad")
    kestrel, secret = _register(portal, "Kestrel CI")
    ledger, _ = _register(portal, "Ledger", audience="roles")
    export, _ = _register(portal, "Nightly export", kind="service", redirect_uris=[], audience="roles")
    tokens_for(sign_in(app.test_client(), portal, maya), _side_of(kestrel, secret))
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, noor.id, DisableUser(reason="Left the company"))
        send_recovery(uow, maya.id)
    deliver_due(portal)
    _hold_back_a_mail(portal, maya)
    granted = grant_everything(portal, devon.id)
    asked = ask_everything(portal, asking=maya, owner=devon)
    sessions = {"ada": _open(portal, ada), "maya": _open(portal, maya), "devon": _open(portal, devon)}
    at = portal.ports.clock.now()
    with portal.reading() as session:
        return Scene(
            live=live, portal=portal, app=app, sessions=sessions, maya=maya, devon=devon, noor=noor,
            kestrel=kestrel, ledger=ledger, export=export, granted=granted, asked=asked,
            secret_id=ClientSecrets(session).live_of(kestrel.id, at=at)[0].id,
            entry_id=AuditEntries(session).page(AuditFilter(subject_id=noor.id)).items[0].id,
            mail_id=next(
                mail.id
                for mail in Outbox(session).page(MAIL).items
                if mail.payload["template"] == "recover_password"
            ),
        )  # fmt: skip


def _hold_back_a_mail(portal: Portal, to: User) -> None:
    """One that waits until tomorrow, because what has been sent can't be read any more."""
    link = f"{portal.settings.base_url}/recover/held-back"
    context = {"link": link, "expires_minutes": 30, "ip": "192.0.2.7", "browser": "Firefox"}
    with portal.unit_of_work(SYSTEM) as uow:
        portal.ports.letters.send(uow, "recover_password", to=to.email, context=context)
        for message in uow.session.new:
            if isinstance(message, OutboxMessage):
                message.available_at += timedelta(days=1)


def _register(portal: Portal, name: str, **changes: object) -> tuple[Client, str]:
    usual = {
        "client_name": name,
        "kind": "web",
        "audience": "everyone",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [] if "kind" in changes else [LEFT],
    }
    with portal.unit_of_work(SYSTEM) as uow:
        made = register_client(uow, RegisterClient.model_validate({**usual, **changes}))
    with portal.reading() as session:
        return Clients(session).get(made.client.id), made.secret or ""


def _open(portal: Portal, person: User) -> str:
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).lock(person.id)
        if user is None:
            raise LookupError(f"no account {person.id}")
        return open_session(uow, user).token


def _side_of(client: Client, secret: str = "") -> App:
    return App(client_id=client.client_id, secret=secret, auth_method=client.token_endpoint_auth_method)
