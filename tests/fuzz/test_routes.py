"""Every route with hostile and malformed input: it answers, and never with a fault of its own. What is thrown at the
operations of the API, with a token that opens them all, is in tests/api/test_openapi.py.
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.stage import Stage
from tests.fuzz.wire import Answer
from tests.house.route_matrix import API, ROUTES
from tests.oauth.steps import CALLBACK, LEFT

if TYPE_CHECKING:
    from tests.support.inhabited import Inhabited

EXAMPLES = 25
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


# no search for an explanation: with a whole portal behind it, that takes minutes
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)


@pytest.fixture
def stage(world: "Inhabited", endpoint: str) -> Stage:
    return Stage(world, endpoint)


@pytest.mark.parametrize("endpoint", sorted(ROUTES.keys() - API))
@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@given(data=st.data())
def test_a_hostile_request_gets_an_answer(stage: Stage, data: st.DataObject) -> None:
    assert_well_answered(stage.send(data.draw(stage.requests)))


def assert_well_answered(answer: Answer) -> None:
    """No fault of the portal, nothing from inside it, and no way out of it."""
    assert answer.status < 500
    assert answer.status not in {301, 307, 308}, (
        "a browser would send a password on (CVE-2023-49594), or never ask again"
    )
    assert b"Traceback" not in answer.body
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["X-Request-ID"].startswith("req_")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"]
    assert_leads_nowhere_else(answer)


def assert_leads_nowhere_else(answer: Answer) -> None:
    """A redirect stays here, or goes to an address that the app has registered."""
    location = answer.headers.get("Location", answer.headers.get("HX-Redirect", "/"))
    target = urlsplit(location)
    if target.scheme or target.netloc or not location.startswith("/") or location[1:2] in {"/", "\\"}:
        assert re.split("[?#]", location, maxsplit=1)[0] in {CALLBACK, LEFT}
