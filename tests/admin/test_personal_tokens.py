"""What operators see of people's tokens for scripts, and how they end one: never its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.grants.services.personal_tokens import read_personal_token
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.ids import new_id
from tests.admin.conftest import Operator, shown
from tests.grants.personal import make
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from portal.grants.usecases.personal_tokens import MadePersonalToken


@pytest.fixture
def made(portal: Portal, devon: Operator) -> MadePersonalToken:
    return make(portal, devon.person)


def counts(portal: Portal, token: str) -> bool:
    with portal.asking() as asking:
        return read_personal_token(asking, token, at=portal.ports.clock.now()) is not None


def test_a_persons_page_names_them_and_an_operator_revokes_one_with_a_reason(
    portal: Portal, maya: Operator, devon: Operator, made: MadePersonalToken
) -> None:
    person = f"/admin/users/{devon.person.id}"
    page = maya.page(person)
    assert "Nightly report" in shown(page)
    assert "account:read, users:read" in shown(page)
    assert made.text not in page
    path = f"{person}/tokens/{made.token.id}/revoke"
    assert maya.send(path, {"reason": ""}).status_code == 422
    assert counts(portal, made.text)
    assert maya.send(path, {"reason": "It was in a public repository"}).status_code == 303
    assert not counts(portal, made.text)
    assert "What scripts of this person use" not in shown(maya.page(person))
    (entry,) = history(portal, "tokens.personal_revoked")
    assert (entry.reason, entry.actor_label) == ("It was in a public repository", maya.person.username)


def test_a_token_is_found_only_with_its_own_person(
    portal: Portal, maya: Operator, made: MadePersonalToken
) -> None:
    for user_id, token_id in ((maya.person.id, made.token.id), (made.token.user_id, new_id())):
        assert maya.get(f"/admin/users/{user_id}/tokens/{token_id}/revoke").status_code == 404
    assert counts(portal, made.text)


def test_the_inspector_tells_whose_it_is_and_whether_it_counts(
    portal: Portal, maya: Operator, devon: Operator, made: MadePersonalToken
) -> None:
    answer = maya.send("/admin/tokens", {"token": f"Authorization: Bearer {made.text}"})
    for words in (
        "Personal access token",
        "Valid",
        "Nightly report",
        devon.person.display_name,
        "users:read",
    ):
        assert words in shown(answer.text), words
    assert made.text not in answer.text
    (entry,) = history(portal, "tokens.inspected")
    assert {entry.resource_id} <= {devon.person.id, made.token.id}
    maya.send(f"/admin/users/{devon.person.id}/tokens/{made.token.id}/revoke", {"reason": "found in a log"})
    assert "It was revoked" in shown(maya.send("/admin/tokens", {"token": made.text}).text)
    assert "Nothing of it is kept" in shown(maya.send("/admin/tokens", {"token": strange()}).text)


def test_an_auditor_sees_and_may_not_revoke(
    portal: Portal, audrey: Operator, devon: Operator, made: MadePersonalToken
) -> None:
    assert "/revoke" not in audrey.page(f"/admin/users/{devon.person.id}")
    path = f"/admin/users/{devon.person.id}/tokens/{made.token.id}/revoke"
    assert audrey.get(path).status_code == 403
    assert counts(portal, made.text)


def strange() -> str:
    return issue(TokenKind.PERSONAL, new_id()).token
