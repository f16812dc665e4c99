"""oidcc-basic-certification-test-plan, its modules about request objects: unsigned ones are never taken here."""

import base64
import json

from tests.conformance.pages import Page
from tests.conformance.robot import Arrival, Robot
from tests.conformance.suite import CALLBACK, HOME, Suite, some


def _unsigned(**claims: str) -> str:
    def part(document: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    """Skipped by the suite, because `none` is not listed; here: it is refused, and the address not visited."""
    assert "none" not in suite.metadata["request_object_signing_alg_values_supported"]
    uri = f"{CALLBACK.removesuffix('callback')}requesturi/{some(64)}#{some(43)}"
    answer = suite.authorize(suite.request(request_uri=uri))
    assert answer["error"] in {"request_uri_not_supported", "invalid_request_uri"}


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    asked = suite.request(state=None, nonce=None)
    inside = _unsigned(**asked, state=some(10), nonce=some(10))
    arrival = suite.visit({**asked, "request": inside})
    assert isinstance(arrival, Arrival)
    assert arrival.query["error"] in {"invalid_request_object", "request_not_supported"}
    assert "code" not in arrival.query


def test_oidcc_ensure_request_object_with_redirect_uri(suite: Suite) -> None:
    """The outer address is nobody's: nothing is ever sent there."""
    asked = suite.request()
    # this page is filed by hand where a suite wants it, so there is no script for it
    suite.robot = Robot(suite.app, HOME, [])
    page = suite.visit({**asked, "redirect_uri": f"{CALLBACK}/{some(8)}", "request": _unsigned(**asked)})
    assert isinstance(page, Page)
    assert page.status == 400
