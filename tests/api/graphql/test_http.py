"""How GraphQL is spoken here: by POST, in JSON, one question at a time, and errors that tell nothing of the inside."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.api.graphql.conftest import LOGIN, code_of, errors_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.graphql.conftest import Asker, Still

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUESTION = "{ __typename }"


def test_only_a_post_of_json_is_taken(still: Still) -> None:
    """A form, or an address, is what another site could make a browser send (CVE-2024-47082)."""
    nobody = still.nobody
    assert nobody.client.get("/graphql", query_string={"query": QUESTION}).status_code == 405
    mutation = "mutation { logout }"
    answer = nobody.client.get("/graphql", query_string={"query": mutation}, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Allow"], code_of(answer)) == (405, "POST", "http_405")
    assert nobody.client.head("/graphql").status_code == 405
    for sent in (
        {"data": {"query": QUESTION}},
        {
            "data": {
                "operations": '{"query": "{ __typename }"}',
                "map": "{}",
                "0": (io.BytesIO(b"x"), "x.txt"),
            }
        },
        {"data": '{"query": "{ __typename }"}', "content_type": "text/plain"},
        {"data": QUESTION, "content_type": "application/graphql"},
        {"data": '{"query": "{ __typename }"}'},
    ):
        answer = nobody.client.post("/graphql", **sent)
        assert (answer.status_code, code_of(answer)) == (415, "http_415")


def test_there_is_no_socket_and_no_page_to_try_it(still: Still) -> None:
    nobody = still.nobody
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Protocol": "graphql-transport-ws",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}  # fmt: skip
    assert nobody.client.get("/graphql", headers=upgrade).status_code in {400, 405}
    assert "<html" not in nobody.client.get("/graphql", headers={"Accept": "text/html"}).text


def test_what_is_no_question_is_400_in_the_shape_of_graphql(still: Still) -> None:
    nobody = still.nobody
    faults = {
        "{": "unreadable",
        "": "unreadable",
        "[]": "unreadable",
        '[{"query": "{ __typename }"}]': "unreadable",
        '{"query": "{ __typename }", "query": "mutation { logout }"}': "unreadable",
        '{"query": "{ __typename }", "variables": NaN}': "unreadable",
        "null": "unreadable",
        "{}": "request_invalid",
        '{"query": 7}': "request_invalid",
        '{"query": ""}': "request_invalid",
        '{"query": "{ __typename }", "variables": []}': "request_invalid",
        '{"query": "{ __typename }", "operationName": 1}': "request_invalid",
        '{"id": "x", "query": "{ __typename }"}': "request_invalid",
        '{"query": "{"}': "query_unreadable",
        '{"query": "{ nothing }"}': "query_invalid",
        '{"query": "type Query { x: Int }"}': "query_invalid",
        '{"query": "subscription { x }"}': "query_invalid",
        '{"query": "query A { __typename } query B { __typename }"}': "operation_unknown",
        '{"query": "query A { __typename }", "operationName": "B"}': "operation_unknown",
        '{"query": "query($n: Int!) { users(size: $n) { totalCount } }"}': "variables_invalid",
        '{"query": "query($n: Int!) { users(size: $n) { totalCount } }", "variables": {"n": "x"}}': "variables_invalid",
    }
    for body, code in faults.items():
        answer = nobody.client.post("/graphql", data=body, content_type="application/json")
        assert answer.status_code == 400, body
        assert {error["extensions"]["code"] for error in errors_of(answer)} == {code}, body
        assert "data" not in answer.get_json()


def test_the_operation_that_is_named_is_executed(still: Still) -> None:
    nobody = still.nobody
    two = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}
    assert nobody.post(two).get_json() == {"data": {"b": "Query"}}


def test_the_media_type_is_the_one_that_is_asked_for(still: Still) -> None:
    nobody = still.nobody
    asked = {"query": QUESTION}
    assert nobody.post(asked).mimetype == "application/json"
    own = "application/graphql-response+json"
    answer = nobody.post(asked, headers={"Accept": f"{own}, application/json;q=0.9"})
    assert (answer.mimetype, answer.headers["Cache-Control"]) == (own, "no-store")


def test_a_token_that_does_not_count_is_401_before_anything_is_answered(still: Still) -> None:
    nobody = still.nobody
    answer = nobody.with_token("nonsense").ask(QUESTION)
    assert (answer.status_code, code_of(answer)) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@on_one_database
def test_a_cookie_does_not_count(visitor_as: Callable[[User | None], FlaskClient], ada: Asker) -> None:
    browser = visitor_as(ada.person)
    assert browser.get("/account").status_code == 200
    answer = browser.post("/graphql", json={"query": "{ currentUser { id } }"})
    assert code_of(answer) == "not_signed_in"


@on_one_database
def test_a_fault_of_ours_is_told_without_its_words(portal: Portal, ada: Asker) -> None:
    """Only a trace id, which finds it in the log: no statement, no path, no value."""
    with portal.engine.begin() as connection:
        connection.execute(text("UPDATE roles SET created_at = 'heron'"))
    answer = ada.ask("{ currentUser { id roles { name } } }")
    assert answer.status_code == 200
    (error,) = errors_of(answer)
    assert (error["extensions"]["code"], error["path"]) == ("internal", ["currentUser", "roles"])
    assert not {"heron", "SELECT", "Traceback", "TypeError", "ValueError"} & set(answer.text.split('"'))
    assert "heron" not in answer.text
    assert answer.get_json()["data"] == {"currentUser": None}


@on_one_database
def test_a_database_without_its_tables_is_a_wait_and_no_leak(portal: Portal, ada: Asker) -> None:
    with portal.engine.begin() as connection:
        connection.execute(text("ALTER TABLE permissions RENAME TO herons"))
    answer = ada.ask("{ currentUser { roles { permissions { id } } } }")
    assert code_of(answer) in {"unavailable", "internal"}
    assert "herons" not in answer.text
    assert "permissions." not in answer.text


@on_one_database
@pytest.mark.settings(throttles=True)
def test_calls_are_counted(nobody: Asker) -> None:
    answers = [nobody.ask(LOGIN, input={"username": "", "password": "x"}) for _ in range(61)]
    answer = answers[-1]
    assert (answer.status_code, code_of(answer)) == (200, "limited")
    (error,) = errors_of(answer)
    assert error["extensions"]["retry_after_seconds"] > 0
