"""What hostile requests to a route find: something real behind every argument, and browsers that are signed in."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import update
from sqlalchemy.sql.dml import UpdateBase
from werkzeug.routing import Rule

from portal.accounts.models import MailedToken, PendingSignUp, User
from portal.http.security import cookie_name
from portal.http.signing_in import SESSION
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.sessions.models import Flow as StoredFlow
from portal.sessions.repository import Sessions
from tests.fuzz.fields import FIELDS, good_values
from tests.fuzz.hostile import Route, Sent, requests
from tests.fuzz.wire import Answer, Browser, send
from tests.house.route_matrix import ROUTES, SIGNED_IN
from tests.oauth.steps import sign_in_to
from tests.support.arguments import arguments_for

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.support.inhabited import Inhabited

REVIVALS: Final[Mapping[str, Sequence[UpdateBase]]] = {
    "oauth_pages": [update(StoredFlow).values(completed_at=None)],
    "recover": [update(MailedToken).values(redeemed_at=None), update(User).values(security_epoch=0)],
    "signup": [update(PendingSignUp).values(completed_at=None, tries=0)],
    "verify": [update(PendingSignUp).values(completed_at=None, tries=0)],
}
"""By the room of the endpoint."""


class Stage:
    """One route of an inhabited portal, with rows of its own: hostile requests may well delete them."""

    def __init__(self, world: "Inhabited", endpoint: str) -> None:
        self._world = world
        person = world.browser(world.person)
        self._clients: dict[str, FlaskClient] = {"person": person, "anonymous": world.browser()}
        self._browsers: dict[str, Browser] = {}
        self._people = {"administrator": world.administrator, "person": world.person, "anonymous": None}
        rule = next(world.app.url_map.iter_rules(endpoint))
        self._endpoint = endpoint
        self.requests = requests(
            Route(
                path=re.sub(r"<\w+:", "<", rule.rule),
                arguments=arguments_for(world, endpoint, sorted(rule.arguments)),
                methods=_weighed(rule),
                good=_good(world, endpoint, person=person, anonymous=self._clients["anonymous"]),
                visitor=_usual_visitor(endpoint),
            )
        )

    def send(self, sent: Sent) -> Answer:
        """The answer; what an earlier request has used up is as good as new."""
        revivals = REVIVALS.get(self._endpoint.partition(".")[0], ())
        if revivals:
            with self._world.portal.unit_of_work(SYSTEM) as uow:
                for statement in revivals:
                    uow.session.execute(statement)
        return send(self._world.app, sent, self._browser(sent.visitor))

    def _browser(self, visitor: str) -> Browser:
        """The same browser as before, unless an earlier request has signed it out."""
        if visitor not in self._clients or not self._is_signed_in(visitor):
            self._clients[visitor] = self._world.browser(self._people[visitor])
            self._browsers.pop(visitor, None)
        if visitor not in self._browsers:
            self._browsers[visitor] = Browser.of(self._clients[visitor])
        return self._browsers[visitor]

    def _is_signed_in(self, visitor: str) -> bool:
        if self._people[visitor] is None:
            return True
        with self._world.app.app_context():
            cookie = self._clients[visitor].get_cookie(cookie_name(SESSION), domain="localhost")
        with self._world.portal.reading() as session:
            at = self._world.portal.ports.clock.now()
            return cookie is not None and Sessions(session).by_token(cookie.value, at=at) is not None


def _weighed(rule: Rule) -> tuple[str, ...]:
    """The route's methods; what can change something counts more."""
    methods = sorted(rule.methods or ())
    return (*methods, *["POST"] * 2) if "POST" in methods else tuple(methods)


def _usual_visitor(endpoint: str) -> str:
    """Who comes here in real life."""
    if ":" in ROUTES[endpoint]:
        return "administrator"
    return "person" if ROUTES[endpoint] == SIGNED_IN or endpoint.startswith("oauth_pages.") else "anonymous"


def _good(
    world: "Inhabited", endpoint: str, *, person: "FlaskClient", anonymous: "FlaskClient"
) -> dict[str, tuple[str, ...]]:
    """The route's fields; what waits in these browsers, or a code for the app, where they are among them."""
    names = FIELDS.get(endpoint, ())
    flow = world.pending_flow(person) if "flow" in names else str(new_id())
    code = "123456"
    if endpoint == "oauth.token":
        code = sign_in_to(person, world.client)["code"]
    elif endpoint.startswith("signup."):
        code = world.begin_sign_up(anonymous)
    values = good_values(world, flow=flow, code=code)
    return {name: values[name] for name in names}
