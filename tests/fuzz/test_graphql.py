"""What programs may put into a question or a change in GraphQL: an answer in its shape, and never a fault of ours.

The fuzz of every route (test_routes) throws what is no question at all; here the question is one, and its values are
anything.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.api.graphql.answers import INTERNAL
from portal.clients.rules.api_scopes import API_SCOPES
from tests.api.graphql.conftest import LOGIN, REGISTER, personal_token
from tests.fuzz.hostile import TEXTS
from tests.fuzz.test_routes import PHASES
from tests.support.people import add_person

if TYPE_CHECKING:
    from tests.support.inhabited import Inhabited

EXAMPLES: Final = int(os.environ.get("PORTAL_TEST_EXAMPLES", "12"))
USERS: Final = (
    "query($page: Int, $size: Int, $filter: UserFilter) { users(page: $page, size: $size, filter: $filter) "
    "{ edges { cursor node { id username roles { permissions { conditions } } } } totalCount } }"
)
ASKED: Final[dict[str, str]] = {
    "user": "query($id: ID!) { user(id: $id) { id email roles { name } } }",
    "users": USERS,
    "register": REGISTER,
    "login": LOGIN,
    "updateUser": "mutation($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }",
    "deleteUser": "mutation($id: ID!) { deleteUser(id: $id) }",
}
TEXT: Final = st.sampled_from([text for text in TEXTS if len(text) < 5_000]) | st.text(max_size=12)
ANYTHING: Final = TEXT | st.none() | st.booleans() | st.integers() | st.floats() | st.lists(TEXT, max_size=2)


def some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object of texts, mostly; now and then with a member of another type, or one too many."""
    right = st.fixed_dictionaries({}, optional=members)
    return right | right | st.dictionaries(st.sampled_from([*members, "isAdmin"]), ANYTHING, max_size=4)


def variables_of(name: str, ids: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    member: dict[str, st.SearchStrategy[Any]] = {"username": TEXT, "email": TEXT, "password": TEXT}
    match name:
        case "register" | "login":
            return st.fixed_dictionaries({"input": some(**member)})
        case "users":
            wanted = some(username=TEXT, email=TEXT, role=TEXT, isActive=st.booleans() | st.none())
            return some(page=st.integers(), size=st.integers(0, 200), filter=wanted)
        case "updateUser":
            return st.fixed_dictionaries({"id": ids, "input": some(email=TEXT)})
        case _:
            return st.fixed_dictionaries({"id": ids})


@pytest.fixture
def token(world: Inhabited) -> str:
    """Of an administrator, with every scope: it opens what there is."""
    return personal_token(world.portal, world.administrator, API_SCOPES)


@pytest.fixture
def somebody(world: Inhabited) -> str:
    """Whose address may change: other tests sign in by theirs."""
    return str(add_person(world.portal, f"{uuid4().hex}@example.org").id)


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@given(data=st.data())
def test_whatever_is_asked_is_answered(
    world: Inhabited, token: str, somebody: str, name: str, data: st.DataObject
) -> None:
    ids = TEXT | st.just(somebody)
    asked = {"query": ASKED[name], "variables": data.draw(variables_of(name, ids))}
    body = json.dumps(asked, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    sent = {"Content-Type": "application/json"}
    if data.draw(st.booleans()):
        sent["Authorization"] = f"Bearer {token}"
    answer = world.app.test_client(use_cookies=False).post("/graphql", data=body, headers=sent)
    assert answer.status_code in {200, 400, 401, 403, 429}, answer.text[:500]
    for error in answer.get_json().get("errors", ()):
        assert error["extensions"]["code"] != INTERNAL, error
        assert "Traceback" not in error["message"]
