"""The setup link with hostile input: over and over again, as if nobody had ever used it."""

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from portal.access.usecases.first_administrator import make_setup_link
from portal.accounts.models import MailedToken, User
from portal.infra.actor import SYSTEM
from tests.fuzz.hostile import Route, requests
from tests.fuzz.test_routes import EXAMPLES, PHASES, assert_well_answered
from tests.fuzz.wire import Browser, send
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from flask import Flask

    from portal.bootstrap import Portal

UNUSED: Final = (update(MailedToken).values(redeemed_at=None), update(User).values(is_active=False))


@pytest.fixture
def route(portal: "Portal") -> Route:
    with portal.unit_of_work(SYSTEM) as uow:
        link = make_setup_link(uow)
    if link is None:
        raise LookupError("there is an administrator already")
    fields = {
        "name": ("Ada Lund",),
        "email": ("ada@example.org", "ada.l@example.org"),
        "password": (PASSWORD,),
    }
    return Route(
        path="/setup/<token>",
        arguments={"token": link.rpartition("/")[2]},
        methods=("GET", "POST", "POST"),
        good=fields,
        visitor="anonymous",
    )


@settings(max_examples=3 * EXAMPLES, deadline=None, phases=PHASES)
@given(data=st.data())
def test_a_hostile_first_administrator_gets_an_answer(
    app: "Flask", portal: "Portal", route: Route, data: st.DataObject
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        for statement in UNUSED:
            uow.session.execute(statement)
    sent = data.draw(requests(route))
    assert_well_answered(send(app, sent, Browser.of(app.test_client())))
