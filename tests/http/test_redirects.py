"""The one gate for redirects, against everything that has ever passed such a gate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.utils import redirect

from portal.http.security import safe_redirect

HOSTILE = [
    "//evil.example", "///evil.example", "////evil.example", r"/\evil.example", r"\/evil.example", r"\\evil.example",
    "/\t/evil.example", "/\n/evil.example", "\t//evil.example", "/%09/evil.example", "/%5cevil.example",
    "/%2fevil.example", "/..%2f/evil.example", "/.//evil.example", "/..//evil.example", "/..;/evil.example",
    "/./x", "/../x",
    "/%2e%2e/x", "/%252e%252e/x", "https:evil.example", "https://evil.example", "http:///evil.example",
    "javascript:alert(1)", "data:text/html,x", "evil.example", "@evil.example", "/account@evil.example//x",
    "https://ok.example@evil.example", "/a b", "/ä", "/\uff45vil", "/account#//evil.example",
    "/a\x00b", "/" + "a" * 3000, "", " ",
    "/http://evil.example", "/a//b",
]  # fmt: skip

PLAIN = [
    "/",
    "/account",
    "/admin/users?search=maya&state=active",
    "/oauth2/authorize/resume?flow=0190-ab",
    "/a-b_c.d~e/f",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_a_hostile_target_leads_home(target: str) -> None:
    assert safe_redirect(target, default="/account") == "/account"


@pytest.mark.parametrize("target", PLAIN)
def test_a_path_of_ours_is_followed(target: str) -> None:
    assert safe_redirect(target, default="/nowhere") == target


def test_nothing_leads_home() -> None:
    assert safe_redirect(None) == "/account"


@given(st.text(alphabet="/\\.%2fF5cC09aA:@#?;\t\n\r \x00evil", max_size=20))
def test_whatever_passes_stays_on_this_host(target: str) -> None:
    location = redirect(safe_redirect(target)).headers["Location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
