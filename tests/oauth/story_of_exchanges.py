"""The part of a story in which services get tokens: for those of people, and for themselves (`life_of_exchanges`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portal.grants.rules.exchange import ACCESS_TOKEN, ID_TOKEN
from tests.oauth.exchanging import exchange
from tests.oauth.life import ACCESS, SESSION, Chain, Refresh, Software
from tests.oauth.life_of_exchanges import Exchanged, Identity, Own, Source
from tests.oauth.proving import TOKEN, assertion_claims
from tests.oauth.story import Place, Story

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.oauth.life import Seat
    from tests.oauth.life_of_exchanges import Token

SERVICES: Final = ("stock", "wages")
"""The first exchanges tokens of the apps, the second those of the first, and its own."""
ACCOUNT: Final = "account"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MOST: Final = 5
"""So many exchanges may lie between a token and its sign-in."""
LONGEST: Final = 60
"""How long an assertion is good."""


class StoryOfExchanges(Story):
    """Apps hand on what they were given."""

    def __init__(self, place: Place) -> None:
        self.identities: list[Identity] = []
        self.exchanged: list[Exchanged] = []
        self.own: list[Own] = []
        super().__init__(place)
        self.software |= {name: Software() for name in (*SERVICES, ACCOUNT)}

    @property
    def tokens(self) -> list[Token]:
        return [*super().tokens, *self.exchanged, *self.own]

    @property
    def sources(self) -> list[Source]:
        """Whatever may be handed in, dead or alive."""
        return [*self.access_tokens, *self.identities, *self.exchanged]

    def keep(self, answer: TestResponse, chain: Chain, parent: Refresh | None = None) -> None:
        super().keep(answer, chain, parent)
        until = chain.end_of_next(self.now, ACCESS)
        self.identities.append(Identity(text=answer.get_json()["id_token"], chain=chain, until=until))

    def exchange(self, source: Source) -> None:
        """By the service that may have tokens of whoever hands this one on."""
        service = SERVICES[isinstance(source, Exchanged)]
        software, is_identity = self.software[service], isinstance(source, Identity)
        kind = ID_TOKEN if is_identity else ACCESS_TOKEN
        answer = exchange(self.program, self.place.apps[service][0], source.text, subject_token_type=kind)
        is_too_far = isinstance(source, Exchanged) and source.links >= MOST
        # in whole seconds and without the slack of clocks
        is_in_time = self.now < source.until and source.lives(self.now)
        is_taken = software.is_active and is_in_time and not is_too_far
        body = answer.get_json()
        assert ("access_token" in body) is is_taken, (source, body)
        if is_taken:
            ends = [self.now + ACCESS, source.until]
            ends += [source.chain.seat.since + SESSION] if is_identity else []
            made = Exchanged(text=body["access_token"], source=source, software=software, until=min(ends))
            self.exchanged.append(made)
        else:
            assert body["error"] == ("invalid_request" if software.is_active else "invalid_client"), body

    def speak_for_itself(self, *, by_assertion: bool) -> None:
        """A service account, by its secret or by what it signs."""
        app, software = self.place.apps[ACCOUNT][0], self.software[ACCOUNT]
        if by_assertion:
            now = int(self.clock.now().timestamp())
            claims = assertion_claims(app.client_id, iat=now, exp=now + LONGEST)
            form = {"grant_type": JWT_BEARER, "assertion": self.place.key.sign(claims)}
            answer = self.program.post(TOKEN, data=form)
        else:
            answer = app.post(self.program, TOKEN, grant_type="client_credentials")
        assert (answer.status_code == 200) is software.is_active, answer.text
        if software.is_active:
            text = answer.get_json()["access_token"]
            self.own.append(Own(text=text, software=software, until=self.now + ACCESS))

    def leave_by_app(self, seat: Seat, hint: Identity) -> None:
        """An app says that its person leaves, and names them; whose browser it is, the cookie says."""
        self.browsers[seat].get("/oauth2/logout", query_string={"id_token_hint": hint.text})
        seat.has_ended = seat.has_ended or seat.can_be_left(self.now)
