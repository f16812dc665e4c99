"""Questions that are meant to cost much cost little (SECURITY.md C-13 and D3.17)."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from graphql import get_introspection_query

from portal.api.graphql.documents import MOST_KEPT
from portal.api.graphql.limits import DEAR, MOST_COST
from portal.api.graphql.view import documents
from tests.api.graphql.conftest import LOGIN, code_of, errors_of

if TYPE_CHECKING:
    from tests.api.graphql.conftest import Asker, Still

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is refused here never comes to a database."""

SECONDS = 0.05
BYTES = 20 * 1024 * 1024


def doubled(levels: int) -> str:
    """A fragment that is spread twice in each of so many fragments: 2 to the power of that in the end."""
    steps = " ".join(f"fragment f{n} on Query {{ ...f{n - 1} ...f{n - 1} }}" for n in range(1, levels + 1))
    return f"{{ ...f{levels} }} {steps} fragment f0 on Query {{ currentUser {{ id }} }}"


BOMBS = {
    "depth 50": "{ user(id: 1) " + "{ roles " * 50 + "{ id }" + " }" * 51,
    "inline fragments 50 deep": "{ " + "... on Query { " * 50 + "__typename" + " }" * 51,
    "braces 700 deep": "{ a" * 700 + " }" * 700,
    "lists 600 deep": '{ user(id: "1") { id } x(y: ' + "[" * 600 + "]" * 600 + ") }",
    "1,000 aliases": "{ user(id: 1) { " + " ".join(f"a{n}: id" for n in range(1000)) + " } }",
    "10 kB of aliases": "{ user(id: 1) { " + " ".join(f"a{n}:id" for n in range(1250)) + " } }",
    "fragments 2^10": doubled(10),
    "fragments 2^60": doubled(60),
    "aliases in a fragment x 50": "{ user(id: 1) { "
    + "...f " * 50
    + "} } fragment f on User { a: id b: id c: id }",
    "aliases in few fragments": "{ user(id: 1) { " + "...f " * 20 + "} } fragment f on User { a: id b: id }",
    "a fragment x 50": "{ user(id: 1) { " + "...f " * 50 + "} } fragment f on User { id }",
    "a fragment in itself": "{ ...f } fragment f on Query { user(id: 1) { id } ...f }",
    "two fragments in each other": "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }",
    "1,000 directives": "{ user(id: 1) { id " + "@include(if: true) " * 1000 + "} }",
    "40 directives": "{ user(id: 1) " + " ".join("@include(if: true)" for _ in range(40)) + " { id } }",
    "one field 300 times": "{ user(id: 1) { " + "id " * 300 + "} }",
    "lists that merge": "{ user(id: 1) { " + "roles { permissions { id } } " * 60 + "} }",
    "100 questions": "{ " + " ".join(f"user(id: {n}) {{ id }}" for n in range(100)) + " }",
    "11 questions": "{ " + " ".join(f'u{n}: user(id: "{n}") {{ id }}' for n in range(11)) + " }",
    "pages of pages": "{ a: users(size: 100) { edges { node { roles { permissions { id } } } } } "
    "b: users(size: 100) { edges { node { roles { permissions { id } } } } } }",
    "the schema in itself": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "500 variables": "query(" + " ".join(f"$v{n}: Int" for n in range(500)) + ") { __typename }",
    "introspection": get_introspection_query(),
    "100 kB": "{ user(id: 1) { id } } #" + "x" * 100_000,
    "30 kB of text": '{ user(id: "' + "x" * 30_000 + '") { id } }',
    "comments": "#\n" * 8_000 + "{ __typename }",
}


@pytest.fixture
def awake(still: Still) -> Asker:
    """The first question loads the library; nobody measures that."""
    still.nobody.ask("{ __typename }")
    return still.nobody


def test_every_bomb_is_refused_at_once(awake: Asker) -> None:
    """The quickest of a few tries counts: what else this process tidies up meanwhile is not the bomb's doing."""
    slow = {}
    for name, bomb in BOMBS.items():
        took = []
        for _ in range(3):
            began = time.process_time()
            answer = awake.ask(bomb)
            took.append(time.process_time() - began)
            assert answer.status_code in {400, 403, 413}, name
            assert "data" not in answer.get_json(), name
            assert errors_of(answer), name
            if took[-1] < SECONDS:
                break
        slow.update({name: min(took)} if min(took) >= SECONDS else {})
    assert slow == {}


def test_no_bomb_takes_memory(awake: Asker) -> None:
    tracemalloc.start()
    try:
        for name in ("10 kB of aliases", "1,000 directives", "lists 600 deep", "100 kB", "fragments 2^60"):
            awake.ask(BOMBS[name])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < BYTES


def test_the_schema_is_told_to_whoever_sends_a_token(awake: Asker, still: Still) -> None:
    assert awake.refused(get_introspection_query()) == "introspection_closed"
    assert awake.refused('{ __type(name: "User") { name } }') == "introspection_closed"
    assert (
        awake.refused("{ ...f } fragment f on Query { s: __schema { types { name } } }")
        == "introspection_closed"
    )
    assert still.devon.read(get_introspection_query())["__schema"]["queryType"]["name"] == "Query"


@on_one_database
@pytest.mark.settings(graphql_introspection="nobody")
def test_a_portal_may_tell_it_to_nobody(devon_asks: Asker) -> None:
    assert devon_asks.refused(get_introspection_query()) == "introspection_closed"


@on_one_database
@pytest.mark.settings(graphql_introspection="anybody")
def test_a_portal_may_tell_it_to_anybody(nobody: Asker) -> None:
    assert nobody.read("{ __schema { queryType { name } } }") == {
        "__schema": {"queryType": {"name": "Query"}}
    }


def test_what_a_question_does_not_know_is_not_hinted_at(awake: Asker) -> None:
    queries = (
        "{ usrs { edges { cursor } } }",
        "{ users(siz: 1) { totalCount } }",
        "{ ...f } fragment f on Usr { id }",
    )
    told = [error["message"] for query in queries for error in errors_of(awake.ask(query))]
    assert len(told) >= len(queries)
    assert not [one for one in told if "Did you mean" in one]


def test_passwords_are_tried_one_at_a_time(awake: Asker) -> None:
    """Whoever sends a hundred in one request is told no before the first is looked at."""
    one = 'login(input: {username: "ada", password: "no"}) { accessToken }'
    assert awake.refused(f"mutation {{ a: {one} b: {one} }}") == "query_too_costly"
    spread = f"mutation {{ ...f ...g }} fragment f on Mutation {{ a: {one} }} fragment g on Mutation {{ b: {one} }}"
    assert awake.refused(spread) == "query_too_costly"
    assert awake.refused(f"mutation {{ {one} }}") == "invalid_credentials"
    assert all(2 * cost > MOST_COST for cost in DEAR.values())


def test_the_size_of_a_page_counts_also_where_a_variable_names_it(still: Still) -> None:
    ada = still.ada
    deep = "edges { node { roles { permissions { id } } } }"
    query = f"query($n: Int) {{ a: users(size: $n) {{ {deep} }} b: users(size: $n) {{ {deep} }} }}"
    assert ada.refused(query, n=100) == "query_too_costly"
    assert ada.refused(query) == "query_too_costly"
    assert set(ada.read(query, n=10)) == {"a", "b"}
    assert ada.refused("query($n: Int = 2000) { users(size: $n) { totalCount } }") == "invalid"


def test_only_so_many_questions_are_kept(awake: Asker) -> None:
    kept = documents()
    for number in range(MOST_KEPT + 10):
        awake.ask(f"query Q{number} {{ __typename }}")
    assert len(kept) == MOST_KEPT
    awake.ask("{ __typename } #" + "x" * 5_000)
    assert len(kept) == MOST_KEPT


def test_variables_and_bodies_have_bounds_too(awake: Asker) -> None:
    assert code_of(awake.ask(LOGIN, input={"username": "x" * 60_000, "password": "y"})) == "http_413"
    assert code_of(awake.ask("{ __typename }", **{f"v{n}": n for n in range(101)})) == "request_invalid"
    deep: object = 1
    for _ in range(30):
        deep = [deep]
    assert code_of(awake.ask("{ __typename }", v=deep)) == "unreadable"
