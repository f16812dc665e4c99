"""Modules of the Basic, Implicit, Hybrid and Form Post plans about request objects: unsigned ones are never taken."""

import base64
import json

from tests.conformance.client import some
from tests.conformance.pages import Page
from tests.conformance.suite import Suite
from tests.conformance.variants import BASIC, CODE_ID_TOKEN, FORM_POST, ID_TOKEN, runs

once_in_each_plan = runs(BASIC, FORM_POST, ID_TOKEN, CODE_ID_TOKEN)


def unsigned(**claims: str) -> str:
    def part(document: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


@once_in_each_plan
def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    """Skipped by the suite, because `none` is not listed; here: it is refused, and the address not visited."""
    assert "none" not in suite.metadata["request_object_signing_alg_values_supported"]
    uri = f"{suite.place}/requesturi/{some(64)}#{some(43)}"
    answer = suite.authorize(suite.request(request_uri=uri))
    assert answer["error"] in {"request_uri_not_supported", "invalid_request_uri"}


@once_in_each_plan
def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    asked = suite.request(state=None, nonce=None)
    inside = unsigned(**asked, state=some(10), nonce=some(10))
    answer = suite.authorize({**asked, "request": inside})
    assert answer["error"] in {"invalid_request_object", "request_not_supported"}


@once_in_each_plan
def test_oidcc_ensure_request_object_with_redirect_uri(suite: Suite) -> None:
    """The outer address is nobody's: nothing is ever sent there."""
    asked = suite.request()
    # this page is filed by hand where a suite wants it, so there is no script for it
    suite.config["browser"] = []
    suite.open_browser()
    page = suite.visit({**asked, "redirect_uri": f"{suite.callback}/{some(8)}", "request": unsigned(**asked)})
    assert isinstance(page, Page)
    assert page.status == 400
