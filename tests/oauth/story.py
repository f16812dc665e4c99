"""One story of a person and their apps: each step is done to the portal and told to `life`, and the two must agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete

from portal.access.models import UserRole
from portal.access.services import assign_role
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.change_password import change_password
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.clients.usecases import disable_client, enable_client
from portal.grants.repository.grants import Grants
from portal.grants.usecases.connections import disconnect
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.sessions.usecases.sign_out import end_all_sessions
from tests.oauth.devices import ask, decide, poll
from tests.oauth.leaving import sign_out_here
from tests.oauth.life import ACCESS, CODE, DEVICE, HOUR, Access, Chain, Code, Person, Refresh, Seat, Software
from tests.oauth.life_of_exchanges import Exchanged
from tests.oauth.steps import App, authorize, returned, userinfo
from tests.support.people import add_person, sign_in

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.bootstrap import Portal
    from tests.oauth.life_of_exchanges import Token
    from tests.oauth.story_clock import StoryClock
    from tests.support.signing import OwnKey

NAMES: Final = ("rotating", "forgiving", "keeping", "closed")
"""The apps: by their policy for refresh tokens, and one that a role opens, whose access tokens are opaque."""


@dataclass(frozen=True)
class Place:
    """Where every story begins: a portal, its clock, and its apps by name."""

    portal: Portal
    flask: Flask
    clock: StoryClock
    apps: dict[str, tuple[App, UUID]]
    key: OwnKey
    """Of the service account."""


class Story:
    """What happens, here and there."""

    def __init__(self, place: Place) -> None:
        self.place, self.clock = place, place.clock
        self.clock.begin_anew()
        self.program = place.flask.test_client(use_cookies=False)
        self.user = add_person(place.portal, f"{new_id().hex}@meridian.example")
        self.person = Person()
        self.software = {
            "rotating": Software(),
            "forgiving": Software(grace=30),
            "keeping": Software(rotates=False),
            "closed": Software(is_closed=True),
        }
        self.browsers: dict[Seat, FlaskClient] = {}
        self.refresh_tokens: list[Refresh] = []
        self.access_tokens: list[Access] = []
        self.give_the_role(1000)
        self.sign_in()

    @property
    def now(self) -> int:
        return self.clock.seconds

    @property
    def tokens(self) -> list[Token]:
        return [*self.access_tokens, *self.refresh_tokens]

    @property
    def seat(self) -> Seat:
        """The browser that was signed in last."""
        return list(self.browsers)[-1]

    def sign_in(self) -> None:
        browser = sign_in(self.place.flask.test_client(), self.place.portal, self.user)
        seat = Seat(person=self.person, epoch=self.person.epoch, since=self.now, seen=self.now)
        self.browsers[seat] = browser

    def sign_out(self, seat: Seat) -> None:
        """By the portal's own button, which is there for whoever is signed in, or was before a long quiet."""
        if seat.can_be_left(self.now):
            sign_out_here(self.browsers[seat])
            seat.has_ended = True

    def sign_out_everywhere(self) -> None:
        with self.place.portal.unit_of_work(SYSTEM) as uow:
            end_all_sessions(uow, self.user.id)
        for seat in self.browsers:
            seat.has_ended = True

    def change_the_password(self) -> None:
        with self.place.portal.unit_of_work(SYSTEM) as uow:
            user = Users(uow.session).get(self.user.id)
            assert user is not None
            change_password(uow, user, password_hash="x")
        self.person.epoch += 1

    def switch(self, name: str) -> None:
        software, (_, row_id) = self.software[name], self.place.apps[name]
        change = disable_client if software.is_active else enable_client
        with self.place.portal.unit_of_work(SYSTEM) as uow:
            change(uow, row_id)
        self.place.portal.clients.forget(row_id)
        software.switch()
        self.clock.seconds += 1

    def give_the_role(self, hours: int) -> None:
        """The one that opens the closed app, for so long from now, whatever was before; for no time, take it."""
        with self.place.portal.unit_of_work(SYSTEM) as uow:
            uow.session.execute(delete(UserRole).where(UserRole.user_id == self.user.id))
            until = uow.now + timedelta(hours=hours, seconds=13)
            if hours:
                assign_role(uow, "auditor", to=self.user.ref, expires_at=until)
        self.person.role_until = self.now + hours * HOUR + 13 if hours else self.now

    def switch_the_person(self) -> None:
        with self.place.portal.unit_of_work(SYSTEM) as uow:
            if self.person.is_active:
                disable_user(uow, self.user.id, DisableUser(reason="for a test"))
                self.person.epoch += 1
            else:
                enable_user(uow, self.user.id)
        self.person.is_active = not self.person.is_active

    def disconnect(self, name: str) -> None:
        _, row_id = self.place.apps[name]
        with self.place.portal.unit_of_work(SYSTEM) as uow:
            grant = Grants(uow.session).live(self.user.id, row_id)
            if grant is not None:
                disconnect(uow, grant.id, owner=self.user.ref)
        self.software[name].connection += 1

    def connect(self, seat: Seat, name: str, is_offline: bool, *, is_device: bool) -> None:  # noqa: FBT001
        code = (self.device_for if is_device else self.code_for)(seat, name, is_offline)
        if code is not None:
            self.redeem(code)

    def may_connect(self, seat: Seat, name: str) -> bool:
        software = self.software[name]
        return seat.is_open(self.now) and software.is_active and software.takes(self.person, self.now)

    def code_for(self, seat: Seat, name: str, is_offline: bool) -> Code | None:  # noqa: FBT001
        answer = authorize(
            self.browsers[seat], self.place.apps[name][0].request(**_wish(is_offline), prompt="none")
        )
        may = self.may_connect(seat, name)
        assert ("code" in (returned(answer) if answer.status_code == 303 else {})) is may, answer.text
        if seat.is_open(self.now):
            seat.seen = self.now
        if not may:
            return None
        chain = Chain(software=self.software[name], seat=seat, is_offline=is_offline, since=self.now)
        return Code(text=returned(answer)["code"], chain=chain, until=self.now + CODE)

    def device_for(self, seat: Seat, name: str, is_offline: bool) -> Code | None:  # noqa: FBT001
        if not self.may_connect(seat, name):
            return None
        told = ask(self.program, self.place.apps[name][0], **_wish(is_offline))
        decide(self.browsers[seat], told["user_code"])
        seat.seen = self.now
        chain = Chain(software=self.software[name], seat=seat, is_offline=is_offline, since=self.now)
        return Code(text=told["device_code"], chain=chain, until=self.now + DEVICE, is_of_device=True)

    def redeem(self, code: Code) -> None:
        app = self.app_of(code.chain.software)
        by_device = code.is_of_device
        answer = poll(self.program, app, code.text) if by_device else app.redeem(self.program, code.text)
        is_taken = code.use(self.now)
        self.check(answer, is_taken=is_taken)
        if is_taken:
            code.chain.since = self.now
            self.keep(answer, code.chain)

    def give_back(self, token: Token) -> None:
        is_active = token.software.is_active
        answer = self.app_of(token.software).post(self.program, "/oauth2/revoke", token=token.text)
        assert answer.status_code == (200 if is_active else 401)
        if is_active and isinstance(token, Refresh):
            token.chain.has_ended = True
        elif is_active and not isinstance(token, Refresh):
            token.is_given_back = True

    def refresh(self, token: Refresh) -> None:
        answer = self.app_of(token.software).refresh(self.program, token.text)
        is_taken = token.use(self.now)
        self.check(answer, is_taken=is_taken)
        if is_taken:
            self.keep(answer, token.chain, parent=token)

    def app_of(self, wanted: Software) -> App:
        name = next(name for name, software in self.software.items() if software is wanted)
        return self.place.apps[name][0]

    def check(self, answer: TestResponse, *, is_taken: bool) -> None:
        body = answer.get_json()
        assert ("access_token" in body) is is_taken, body
        assert is_taken or body["error"] in {"invalid_grant", "invalid_client", "expired_token"}, body

    def keep(self, answer: TestResponse, chain: Chain, parent: Refresh | None = None) -> None:
        """Remember what the app has been given."""
        body = answer.get_json()
        until = chain.end_of_next(self.now, ACCESS)
        self.access_tokens.append(Access(text=body["access_token"], chain=chain, until=until))
        if "refresh_token" not in body:
            assert parent is not None
            assert not chain.software.rotates
            return
        link = Refresh(text=body["refresh_token"], chain=chain, until=0, parent=parent)
        link.until = link.end_of_next(self.now)
        if parent is not None:
            parent.children.append(link)
        self.refresh_tokens.append(link)

    def look_at(self, token: Token) -> None:
        """At every door that takes it."""
        expected = token.lives(self.now)
        answer = self.app_of(token.software).post(self.program, "/oauth2/introspect", token=token.text)
        assert (answer.status_code == 200 and answer.get_json()["active"]) is expected, token
        if isinstance(token, Access | Exchanged):
            assert (userinfo(self.program, token.text).status_code == 200) is expected, token


def _wish(is_offline: bool) -> dict[str, str]:  # noqa: FBT001
    return {"scope": "openid offline_access" if is_offline else "openid"}
