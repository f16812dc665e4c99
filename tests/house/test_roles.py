"""Who gets where: every route with every method, asked by everybody, against the rows of route_matrix.py."""

from typing import TYPE_CHECKING

import pytest

from tests.house.route_matrix import SIGNED_IN
from tests.house.walking import Stop, csrf_headers, people_of, walk
from tests.support.inhabited import inhabited

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from portal.infra.settings import Settings

TO_SIGN_IN = "to sign in"
REFUSED = "refused"
ADMITTED = "admitted"


def expected(row: str, who: str) -> str:
    """What the row says to them."""
    if row != SIGNED_IN and ":" not in row:
        return ADMITTED
    if who == "anonymous":
        return TO_SIGN_IN
    if row == SIGNED_IN or who == "administrator" or (who == "auditor" and row.endswith(":read")):
        return ADMITTED
    return REFUSED


def seen(stop: Stop, answer: "TestResponse") -> str:
    """What they got."""
    is_guarded = stop.row == SIGNED_IN or ":" in stop.row
    if is_guarded and answer.status_code == 303 and answer.headers["Location"].startswith("/login?next="):
        return TO_SIGN_IN
    return REFUSED if answer.status_code == 403 and "permission" in answer.text else ADMITTED


@pytest.mark.parametrize(
    ("database_url", "who"),
    [
        ("sqlite", "anonymous"),
        ("sqlite", "user"),
        ("sqlite", "auditor"),
        ("postgresql", "auditor"),
        ("sqlite", "administrator"),
    ],
    indirect=["database_url"],
)
def test_everybody_gets_where_their_roles_let_them(settings: "Settings", who: str) -> None:
    wrong = {}
    with inhabited(settings) as world:
        person = people_of(world)[who]
        for stop in walk(world, "GET", "POST"):
            for method in sorted(stop.methods & {"GET", "POST"}):
                browser = world.browser(person)
                if method == "POST":
                    answer = browser.post(stop.path, data=stop.fields, headers=csrf_headers(browser))
                else:
                    answer = browser.get(stop.path, query_string=stop.fields, buffered=True)
                if answer.status_code >= 500 or seen(stop, answer) != expected(stop.row, who):
                    wrong[f"{method} {stop.path}"] = f"{answer.status_code}, not {expected(stop.row, who)}"
    assert wrong == {}


def test_no_cookie_counts_for_a_program(settings: "Settings") -> None:
    """What an app may do hangs on what it proves, in whoever's browser."""
    with inhabited(settings) as world:
        browsers = [world.browser(person) for person in people_of(world).values()]
        answers = {
            stop.path: {browser.post(stop.path, data=stop.fields).status_code for browser in browsers}
            for stop in walk(world, "POST", with_api=True)
            if stop.endpoint.startswith(("oauth.", "api."))
        }
    assert {path for path, statuses in answers.items() if len(statuses) > 1} == set()
    assert answers
