"""The API's pages for people: every operation stands on one, and can be tried there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

from portal.api.reference import slug_of
from portal.api.v1 import ROOMS

if TYPE_CHECKING:
    from tests.api.conftest import Program


def test_every_room_has_a_page_with_all_of_its_operations(anybody: Program) -> None:
    overview = anybody.client.get("/api/docs").text
    for room in ROOMS:
        assert f"/api/docs/{slug_of(room)}" in overview
        page = anybody.client.get(f"/api/docs/{slug_of(room)}").text
        for operation in room:
            assert f'id="{operation.name}"' in page
            assert str(escape(operation.summary)) in page
            assert operation.scope is None or operation.scope in page


def test_a_room_that_is_none_is_a_page_that_says_so(anybody: Program) -> None:
    answer = anybody.client.get("/api/docs/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
