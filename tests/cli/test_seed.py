"""A portal full of invented people, for trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.accounts.models import User
from portal.accounts.repository import PeopleFilter, Users
from portal.bootstrap import TABLES
from portal.cli.seed import RealPeople, Wanted, fill

if TYPE_CHECKING:
    from portal.bootstrap import Portal

WANTED = Wanted(users=60, groups=4, roles=3, apps=5, sessions=20, requests=7, audit=30)


def count(portal: Portal, name: str) -> int:
    with portal.reading() as session:
        return session.scalar(select(func.count()).select_from(TABLES.tables[name])) or 0


def test_as_many_come_as_were_wanted(portal: Portal) -> None:
    said: list[str] = []
    fill(portal, WANTED, tell=said.append)
    for name, least in (("users", 60), ("groups", 4), ("roles", 6), ("clients", 5), ("sessions", 20),
                        ("access_requests", 7), ("group_members", 60), ("user_roles", 80)):  # fmt: skip
        assert count(portal, name) == least, name
    assert count(portal, "audit_logs") >= 30
    assert any("60 users" in line for line in said)
    with portal.reading() as session:
        found = Users(session).page(PeopleFilter(state="active"), size=100)
        assert 40 < len(found.items) <= 60


def test_more_may_come_later(portal: Portal) -> None:
    for _ in range(2):
        fill(portal, WANTED, tell=lambda _line: None)
    assert (count(portal, "users"), count(portal, "roles"), count(portal, "groups")) == (120, 6, 4)


def test_where_real_people_live_nobody_is_invented(portal: Portal, add_person: Callable[..., User]) -> None:
    add_person("maya@example.org")
    add_person("somebody@gmail.com")
    with pytest.raises(RealPeople, match="real addresses"):
        fill(portal, WANTED, tell=lambda _line: None)
    assert count(portal, "users") == 2
