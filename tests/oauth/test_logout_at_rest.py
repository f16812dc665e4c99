"""Leaving from a browser whose session rests, because nobody came by for a day: what hangs on it still ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.oauth.conftest import audit_of
from tests.oauth.leaving import Listening, calls, listening, receiver, sign_out_here
from tests.oauth.steps import LEFT, App, hidden_fields, tokens_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

__all__ = ["listening", "receiver"]

ONLINE = "openid profile"


def _log_out(visitor: FlaskClient, **parameters: str) -> TestResponse:
    return visitor.get("/oauth2/logout", query_string=parameters)


def _is_alive(program: FlaskClient, app: App, tokens: dict[str, str]) -> bool:
    answer = app.post(program, "/oauth2/introspect", token=tokens["refresh_token"])
    return answer.get_json()["active"] is True


@pytest.mark.parametrize(("scope", "outlives"), [(ONLINE, False), (f"{ONLINE} offline_access", True)])
def test_an_app_that_names_its_person_ends_what_hangs_on_the_session(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    clock: MovableClock,
    *,
    scope: str,
    outlives: bool,
) -> None:
    tokens = tokens_for(visitor, web_app, scope=scope)
    clock.advance(hours=30)
    assert visitor.get("/account").status_code == 303, "nobody is signed in any more"
    assert _is_alive(program, web_app, tokens), "and apps mind nothing of that"
    answer = _log_out(visitor, id_token_hint=tokens["id_token"], post_logout_redirect_uri=LEFT, state="x")
    assert answer.headers["Location"] == f"{LEFT}?state=x"
    assert _is_alive(program, web_app, tokens) is outlives
    ended = audit_of(portal, "session.ended")
    assert [(entry.actor_kind, entry.actor_label) for entry in ended] == [("user", "maya")]


def test_apps_that_listen_hear_of_it(
    portal: Portal, visitor: FlaskClient, listening: Listening, clock: MovableClock
) -> None:
    tokens = tokens_for(visitor, listening())
    clock.advance(hours=30)
    _log_out(visitor, id_token_hint=tokens["id_token"], post_logout_redirect_uri=LEFT)
    assert len(calls(portal)) == 1


def test_without_proof_whose_session_it_is_the_person_is_asked(
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    clock: MovableClock,
    add_person: Callable[..., User],
    visitor_as: Callable[[User], FlaskClient],
) -> None:
    """As while the session was open: any page on the web can lead a browser here."""
    tokens = tokens_for(visitor, web_app, scope=ONLINE)
    other = tokens_for(visitor_as(add_person("kofi@meridian.example")), web_app, scope=ONLINE)["id_token"]
    clock.advance(hours=30)
    hints: list[dict[str, str]] = [{}, {"id_token_hint": "made.up.hint"}, {"id_token_hint": other}]
    pages = [_log_out(visitor, **hint) for hint in hints]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all("You were signed in as" in page.text for page in pages)
    assert _is_alive(program, web_app, tokens)
    form = hidden_fields(pages[-1], "/oauth2/logout/confirm")
    assert visitor.post("/oauth2/logout/confirm", data=form).status_code == 303
    assert not _is_alive(program, web_app, tokens)


def test_the_portals_own_button_ends_it_too(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    tokens = tokens_for(visitor, web_app, scope=ONLINE)
    clock.advance(hours=30)
    sign_out_here(visitor)
    assert not _is_alive(program, web_app, tokens)


def test_a_session_that_is_over_leaves_nothing_to_end(
    portal: Portal, visitor: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    hint = tokens_for(visitor, web_app, scope=ONLINE)["id_token"]
    clock.advance(days=8)
    answer = _log_out(visitor, id_token_hint=hint, post_logout_redirect_uri=LEFT)
    assert answer.headers["Location"] == LEFT
    assert not audit_of(portal, "session.ended")
