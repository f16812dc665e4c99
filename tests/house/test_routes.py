"""Every route, asked by everybody: the rows of route_matrix.py hold."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from werkzeug.routing import BuildError, Rule

from tests.house.route_matrix import ANYBODY, PROGRAM, ROUTES, SIGNED_IN

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User

AddPerson = Callable[..., "User"]
VisitorAs = Callable[["User"], "FlaskClient"]

NOBODYS_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
SAFE = {"GET", "HEAD", "OPTIONS"}


def test_every_route_has_a_row_and_every_row_a_route(app: "Flask") -> None:
    assert set(app.view_functions) == set(ROUTES)


def test_guards_ask_for_what_the_rows_say(app: "Flask") -> None:
    asked = {
        endpoint: ":".join(view.required_permission)
        for endpoint, view in app.view_functions.items()
        if hasattr(view, "required_permission")
    }
    assert asked == {endpoint: row for endpoint, row in ROUTES.items() if ":" in row}


def test_a_stranger_is_sent_to_sign_in(app: "Flask", client: "FlaskClient") -> None:
    admitted = [
        f"{path}: {answer.status_code}"
        for row, path in _pages(app)
        if (":" in row or row == SIGNED_IN)
        and not _asks_to_sign_in(answer := client.get(path), answer.headers.get("Location", ""))
    ]
    assert admitted == []


def test_a_person_without_a_role_is_refused(
    app: "Flask", add_person: AddPerson, visitor_as: VisitorAs
) -> None:
    visitor = visitor_as(add_person("rosa@example.org"))
    answers = {path: visitor.get(path).status_code for row, path in _pages(app) if ":" in row}
    assert {path: status for path, status in answers.items() if status != 403} == {}


def test_a_person_sees_their_own_account(app: "Flask", add_person: AddPerson, visitor_as: VisitorAs) -> None:
    visitor = visitor_as(add_person("rosa@example.org"))
    answers = {path: visitor.get(path).status_code for row, path in _pages(app) if row == SIGNED_IN}
    assert answers != {}
    assert {path: status for path, status in answers.items() if status not in {200, 404}} == {}


def test_whoever_may_come_in_gets_an_answer(
    app: "Flask", add_person: AddPerson, visitor_as: VisitorAs
) -> None:
    """Something for them, or that there is no such thing; neither a refusal nor a failure."""
    visitor = visitor_as(add_person("ada@example.org", administrator=True))
    answers = {path: visitor.get(path) for row, path in _pages(app) if row != PROGRAM}
    odd = {
        path: answer.status_code
        for path, answer in answers.items()
        if answer.status_code in {401, 403} or answer.status_code >= 500
    }
    # a refused setup link is a page that says so
    assert odd == {}


def test_nothing_is_changed_without_the_forms_own_token(
    app: "Flask", add_person: AddPerson, visitor_as: VisitorAs
) -> None:
    """Another site can send the browser's cookie, but not the token."""
    visitor = visitor_as(add_person("ada@example.org", administrator=True))
    accepted = [
        f"{method} {path}: {answer.status_code}"
        for row, method, path in _changes(app)
        if row != PROGRAM and (answer := visitor.open(path, method=method)).status_code not in {400, 403}
    ]
    assert accepted == []


def test_no_route_fails_for_a_stranger(app: "Flask", client: "FlaskClient") -> None:
    """Not found, refused, malformed: all of these, but never a fault of ours."""
    faults = [
        f"{method} {path}: {answer.status_code}"
        for _, method, path in (*_changes(app), *((row, "GET", path) for row, path in _pages(app)))
        if (answer := client.open(path, method=method)).status_code >= 500
    ]
    assert faults == []


def _asks_to_sign_in(answer: object, location: str) -> bool:
    return (
        getattr(answer, "status_code", 0) == 303
        and re.match(r"(http://localhost)?/login\b", location) is not None
    )


def _pages(app: "Flask") -> Iterator[tuple[str, str]]:
    """Row and path of everything that can be looked at."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and rule.endpoint != "static":
            yield ROUTES.get(rule.endpoint, ANYBODY), _path(app, rule)


def _changes(app: "Flask") -> Iterator[tuple[str, str, str]]:
    """Row, method and path of everything that can change something."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - SAFE):
            yield ROUTES.get(rule.endpoint, ANYBODY), method, _path(app, rule)


def _path(app: "Flask", rule: Rule) -> str:
    """The route's path with well-formed values that belong to nobody."""
    adapter = app.url_map.bind("localhost")
    for value in (NOBODYS_ID, 1):
        try:
            return adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, value), method=None)
        except (BuildError, ValueError):
            continue
    raise AssertionError(f"no value fits {rule.rule}")
