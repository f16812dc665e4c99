"""A walk through all routes of an inhabited portal, with something real behind every argument."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.fuzz.fields import FIELDS, good_values
from tests.house.route_matrix import API, ROUTES
from tests.support.arguments import arguments_for
from tests.support.statements import statements

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.routing import Rule

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.inhabited import Inhabited

_WRITES: Final = re.compile(r"(?<!FOR )\b(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
SAFE: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Stop:
    """One route, ready to be asked."""

    endpoint: str
    path: str
    methods: frozenset[str]
    fields: dict[str, str]
    """What its form would send."""

    @property
    def row(self) -> str:
        return ROUTES[self.endpoint]


def walk(world: "Inhabited", *methods: str, flow: str = "", with_api: bool = False) -> Iterator[Stop]:
    """Every route that takes one of these methods. Who gets where with a token, and that questions change nothing, is
    tried for the operations of the API in tests/api/v1/test_matrix.py; nobody has to walk through them twice.
    """
    values = good_values(world, flow=flow, code="123456")
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint in API and not with_api:
            continue
        taken = frozenset(rule.methods or ())
        if not taken.isdisjoint(methods):
            fields = {name: values[name][0] for name in FIELDS.get(rule.endpoint, ())}
            yield Stop(rule.endpoint, _path(world, rule), taken, fields)


def _path(world: "Inhabited", rule: "Rule") -> str:
    arguments = arguments_for(world, rule.endpoint, sorted(rule.arguments))
    return world.app.url_map.bind("localhost").build(rule.endpoint, arguments)


def people_of(world: "Inhabited") -> "dict[str, User | None]":
    """Everybody for whom the house has a different answer."""
    return {
        "anonymous": None,
        "user": world.person,
        "auditor": world.auditor,
        "administrator": world.administrator,
    }


@contextmanager
def tables_written(portal: "Portal") -> Iterator[set[str]]:
    """Into which tables anything was written in the block; what was rolled back counts too."""
    written: set[str] = set()
    with statements(portal.engine) as asked:
        yield written
    written.update(name for text in asked for name in _WRITES.findall(text))


def csrf_headers(browser: "FlaskClient") -> dict[str, str]:
    """What our own page would send along."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/recover").text)
    if found is None:
        raise LookupError("no form to take a token from")
    return {"X-CSRFToken": found[1], "Origin": "http://localhost"}
