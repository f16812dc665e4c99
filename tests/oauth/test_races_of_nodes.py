"""Two nodes at once, on PostgreSQL: nothing that counts once counts twice (SECURITY.md D2.1, D2.2, D2.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from portal.infra.ids import new_id
from tests.oauth.devices import GRANT_TYPES, ask, look_up
from tests.oauth.nodes import Answer, Nodes, two_nodes
from tests.oauth.proving import signing_app
from tests.oauth.steps import App, hidden_fields, sign_in_to, tokens_for
from tests.support.people import add_person, sign_in
from tests.support.portals import cheap_settings, open_portal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.oauth.conftest import RegisterApp
    from tests.support.databases import Databases
    from tests.support.post import PostOffice

Button = Callable[[], None]

CROWD = 8
TIMES = 3


@pytest.fixture(scope="module")
def shared(
    databases: Databases, post_office: PostOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Nodes]]:
    """The nodes and their database, for all tests here: starting them is most of what these cost."""
    folder = tmp_path_factory.mktemp("nodes")
    with databases.fresh("postgresql", folder) as url, two_nodes(url, folder, post_office) as nodes:
        yield url, nodes


@pytest.fixture
def nodes(shared: tuple[str, Nodes]) -> Nodes:
    return shared[1]


@pytest.fixture
def portal(shared: tuple[str, Nodes], tmp_path: Path) -> Iterator[Portal]:
    with open_portal(cheap_settings(shared[0], tmp_path / "instance")) as opened:
        yield opened


@pytest.fixture
def maya(portal: Portal) -> User:
    """Somebody new each time: the tests share a database."""
    return add_person(portal, f"{new_id().hex}@meridian.example")


def _lives(nodes: Nodes, app: App, token: str) -> bool:
    return bool(nodes.post(0, app, "/oauth2/introspect", token=token).body["active"])


def _refresh(nodes: Nodes, app: App, number: int, token: str) -> Answer:
    return nodes.post(number, app, "/oauth2/token", grant_type="refresh_token", refresh_token=token)


def _refresh_at_once(nodes: Nodes, app: App, tokens: Sequence[str]) -> list[Answer]:
    return nodes.at_once(len(tokens), lambda number: _refresh(nodes, app, number, tokens[number]))


def _won(answers: list[Answer]) -> list[Answer]:
    """Those that brought tokens; whoever got none was told so, and nothing broke."""
    assert {answer.error for answer in answers if answer.status_code != 200} <= {"invalid_grant"}, answers
    return [answer for answer in answers if answer.status_code == 200]


def test_d2_1_a_code_is_redeemed_once(nodes: Nodes, visitor: FlaskClient, web_app: App) -> None:
    for _ in range(TIMES):
        code = sign_in_to(visitor, web_app)["code"]
        (won,) = _won(nodes.crowd(CROWD, web_app, "/oauth2/token", **web_app.redemption(code)))
        assert not _lives(nodes, web_app, won.body["access_token"]), "two hold a code that was contested"
        assert not _lives(nodes, web_app, won.body["refresh_token"])


def test_d2_2_a_refresh_token_is_rotated_once(nodes: Nodes, visitor: FlaskClient, web_app: App) -> None:
    for _ in range(TIMES):
        token = tokens_for(visitor, web_app)["refresh_token"]
        (won,) = _won(_refresh_at_once(nodes, web_app, [token] * CROWD))
        assert not _lives(nodes, web_app, won.body["access_token"])
        assert not _lives(nodes, web_app, won.body["refresh_token"])


def test_d2_2_a_lost_answer_is_given_once_more_and_not_twice(
    nodes: Nodes, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches={"refresh_grace_seconds": 30})
    for _ in range(TIMES):
        token = tokens_for(visitor, app)["refresh_token"]
        won = _won(_refresh_at_once(nodes, app, [token] * CROWD))
        assert 1 <= len(won) <= 2
        assert not any(_lives(nodes, app, answer.body["refresh_token"]) for answer in won)


def test_d2_2_of_two_answers_to_one_token_one_goes_on(
    nodes: Nodes, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches={"refresh_grace_seconds": 30})
    for _ in range(TIMES):
        token = tokens_for(visitor, app)["refresh_token"]
        links = [_refresh(nodes, app, number, token).body["refresh_token"] for number in range(2)]
        won = _won(_refresh_at_once(nodes, app, links))
        assert len(won) <= 1
        assert not any(_lives(nodes, app, answer.body["refresh_token"]) for answer in won)


def test_d2_2_an_answer_that_arrived_is_not_given_again(
    nodes: Nodes, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    """The old token and its successor at once: whoever has the old one has it from somewhere else, or is too late."""
    app = register_app("web", switches={"refresh_grace_seconds": 30})
    for _ in range(TIMES):
        old = tokens_for(visitor, app)["refresh_token"]
        links = [old, _refresh(nodes, app, 0, old).body["refresh_token"]]
        won = _won(_refresh_at_once(nodes, app, links))
        onward = [_refresh(nodes, app, 0, answer.body["refresh_token"]) for answer in won]
        assert len(_won(onward)) <= 1


def test_d2_2_a_token_that_is_kept_serves_everybody_who_holds_it(
    nodes: Nodes, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches={"refresh_rotation": False})
    token = tokens_for(visitor, app)["refresh_token"]
    won = _won(_refresh_at_once(nodes, app, [token] * CROWD))
    assert len(won) == CROWD
    assert _lives(nodes, app, token)


@pytest.mark.parametrize("rotates", [True, False])
def test_d2_11_what_is_given_back_while_it_is_used_is_dead(
    nodes: Nodes, visitor: FlaskClient, register_app: RegisterApp, *, rotates: bool
) -> None:
    app = register_app("web", switches={"refresh_rotation": rotates})
    for turn in range(TIMES):
        token = tokens_for(visitor, app)["refresh_token"]

        def act(number: int, token: str = token, turn: int = turn) -> Answer:
            if number == turn % 4:
                return nodes.post(number, app, "/oauth2/revoke", token=token)
            return _refresh(nodes, app, number, token)

        answers = [answer for answer in nodes.at_once(4, act) if "access_token" in answer.body]
        given = [answer.body[name] for answer in answers for name in answer.body if name.endswith("s_token")]
        assert not any(_lives(nodes, app, one) for one in [token, *given])


def test_d2_6_a_device_hears_one_answer_and_once(
    nodes: Nodes, app: Flask, portal: Portal, maya: User, register_app: RegisterApp
) -> None:
    """Allowed at one node, denied at the other, and asked for at both, all at the same moment."""
    device = register_app("web", grant_types=GRANT_TYPES)
    outcomes: Counter[str | None] = Counter()
    for _ in range(TIMES):
        told = ask(app.test_client(use_cookies=False), device)
        buttons = [_button(nodes, app, portal, maya, told["user_code"], number) for number in range(2)]
        form = {"grant_type": GRANT_TYPES[-1], "device_code": told["device_code"]}

        def act(
            number: int, buttons: Sequence[Button] = buttons, form: dict[str, str] = form
        ) -> Answer | None:
            if number < len(buttons):
                return buttons[number]()
            return nodes.post(number, device, "/oauth2/token", **form)

        polls = [answer for answer in nodes.at_once(6, act) if answer is not None]
        polls.append(nodes.post(0, device, "/oauth2/token", **form))
        won = [answer for answer in polls if answer.status_code == 200]
        assert len(won) <= 1
        assert {answer.status_code for answer in polls} <= {200, 400}
        if len(won) == 1 and polls[-1].status_code != 200:
            assert not _lives(nodes, device, won[0].body["access_token"]), "its code came once more"
        outcomes[polls[-1].error] += 1
    assert set(outcomes) <= {"access_denied", "invalid_grant", None}, "somebody has answered by now"


def _button(nodes: Nodes, app: Flask, portal: Portal, maya: User, user_code: str, number: int) -> Button:
    """Somebody's finger on a button of the page, in a browser of their own at this node."""
    here = sign_in(app.test_client(), portal, maya)
    form = hidden_fields(look_up(here, user_code), "/device/review") | {"decision": ("allow", "deny")[number]}
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in (here._cookies or {}).values())

    def press() -> None:
        answer = nodes.programs[number].post("/device/review", data=form, headers={"Cookie": cookies})
        assert answer.status_code in {303, 409, 422}, answer.text

    return press


def test_d2_6_an_assertion_counts_once(nodes: Nodes, register_app: RegisterApp) -> None:
    service = signing_app(register_app, "service")
    for _ in range(TIMES):
        _, fields = service.credentials()
        bearer = Bearer(client_id=service.client_id, secret=None, auth_method="none", fields=fields)
        answers = nodes.crowd(CROWD, bearer, "/oauth2/token", grant_type="client_credentials")
        assert Counter(answer.status_code for answer in answers) == {200: 1, 401: CROWD - 1}


@dataclass(frozen=True, kw_only=True)
class Bearer(App):
    """Whoever has got hold of an assertion."""

    fields: dict[str, str]

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        return {}, self.fields
