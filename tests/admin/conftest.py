"""Operators at work: browsers without a script that fill in forms as they stand on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from portal.access.services import assign_role
from portal.accounts.repository import Users
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import CLI

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.audit.repository import Entry
    from portal.bootstrap import Portal

AddPerson = Callable[..., "User"]
VisitorAs = Callable[["User"], "FlaskClient"]

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x>',
    "' onload='x",
    "</code></pre><b>",
    "{{ 7*7 }}",
    "{actor}",
)
"""Names that are markup, or a pattern, to whoever forgets to see them as text."""


@dataclass(frozen=True)
class Operator:
    """Somebody signed in, at their browser."""

    portal: Portal
    person: User
    browser: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:  # noqa: ANN401 - whatever the test client takes
        return self.browser.get(path, **options)

    def page(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def send(
        self, path: str, fields: dict[str, Any] | None = None, *, seen_on: str | None = None
    ) -> TestResponse:
        """Post a form, with the token of the page on which it stands."""
        page = self.browser.get(seen_on or path).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None, f"no form on {seen_on or path}"
        return self.browser.post(path, data={**(fields or {}), "csrf_token": token[1]})


def shown(page: str) -> str:
    """What is to be read on a page, from its content on: no frame, no tags, no folds of white space."""
    page = page[page.find("<main") :] if "<main" in page else page
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def path_of(operator: Operator) -> str:
    return f"/admin/users/{operator.person.id}"


def is_active(portal: Portal, user_id: UUID) -> bool:
    with portal.reading() as session:
        user = Users(session).get(user_id)
        assert user is not None
        return user.is_active


def entries_of(portal: Portal, action: str) -> Sequence[Entry]:
    """What the log tells of such acts, the newest first."""
    with portal.reading() as session:
        return AuditEntries(session).page(AuditFilter(actions=(action,)), size=500).items


@pytest.fixture
def maya(portal: Portal, add_person: AddPerson, visitor_as: VisitorAs) -> Operator:
    """The administrator."""
    person = add_person("maya@example.org", name="Maya Okafor", administrator=True)
    return Operator(portal, person, visitor_as(person))


@pytest.fixture
def audrey(portal: Portal, add_person: AddPerson, visitor_as: VisitorAs) -> Operator:
    """The auditor: reads everything, changes nothing."""
    person = add_person("audrey@example.org", name="Audrey Lind")
    with portal.unit_of_work(CLI) as uow:
        assign_role(uow, "auditor", to=person.ref)
    return Operator(portal, person, visitor_as(person))


@pytest.fixture
def devon(portal: Portal, add_person: AddPerson, visitor_as: VisitorAs) -> Operator:
    """Somebody with an account, and no business in the console."""
    person = add_person("devon@example.org", name="Devon Reyes")
    return Operator(portal, person, visitor_as(person))
