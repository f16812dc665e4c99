"""Which redirect URIs may be registered and used: the vectors of real attacks, and properties over
generated ones.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clients.rules import (
    KINDS,
    ClientKind,
    redirect_uri_difference,
    redirect_uri_matches,
    redirect_uri_problems,
)
from portal.clients.rules.redirect_uris import MESSAGES
from portal.clients.rules.uris import split_uri

REGISTERED = "https://ok.com/cb"
LOOPBACK = "http://127.0.0.1/cb"

# What attackers sent to other portals in place of the registered address, one line for each trick.
TRICKS = (
    "https://ok.com.evil/cb",
    "https://okXcom/cb",
    "https://ok.com@evil/cb",
    "https://evil#@ok.com/cb",
    "https://evil\\@ok.com/cb",
    "//evil",
    "//ok.com/cb",
    "/\\evil",
    "\\/evil",
    "/%09/evil",
    "/\t/evil",
    "///evil",
    "https:evil",
    "https:ok.com/cb",
    "https://ok.com/..%2fcb",
    "https://ok.com/%252e%252e/cb",
    "https://ok.com/cb/..;/cb",
    "https://ok.com/cb/../cb",
    "https://ok.com/CB",
    "HTTPS://ok.com/cb",
    "https://OK.com/cb",
    "https://ok.com/cb?x=1",
    "https://ok.com/cb#x",
    "https://ok.com/cb#",
    "https://ok.com:443/cb",
    "https://ok.com:8443/cb",
    "https://ok.com/cb/",
    "https://ok.com/cb%2f",
    "https://ok.com/c%62",
    "https://ok.com/cb\n",
    " https://ok.com/cb",
    "https://ok.com\t/cb",
    "https://ok。com/cb",
    "https://ok\uff0ecom/cb",
    "https://xn--ok-.com/cb",
    "https://user@ok.com/cb",
    "https://user:pass@ok.com/cb",
    "http://ok.com/cb",
    "http://localhost:80@evil/cb",
    "http://127.0.0.1:80@evil/cb",
    "http://[::1]@evil/cb",
    "http://127.0.0.1.evil/cb",
    "http://[::1].evil/cb",
    "javascript:alert(1)//https://ok.com/cb",
    "data:text/html,https://ok.com/cb",
    "https://ok.com/cb" + "a" * 10_000,
    "https://ok.com/cb&redirect_uri=https://evil",
    "",
)

# What no app may register, whatever its kind, and why.
UNREGISTRABLE = (
    ("", "empty"),
    ("https://ok.com/" + "a" * 2000, "too_long"),
    ("/callback", "no_scheme"),
    ("//ok.com/cb", "no_scheme"),
    ("https:ok.com/cb", "host"),
    ("https:///cb", "host"),
    ("https://ok.com:99999/cb", "port"),
    ("https://ok.com:/cb", "port"),
    ("https://ok.com:0/cb", "port"),
    ("https://user@ok.com/cb", "userinfo"),
    ("http://localhost:80@evil.example/cb", "http"),
    ("https://ok.com/cb#", "fragment"),
    ("https://ok.com/cb#part", "fragment"),
    ("https://*.ok.com/cb", "host"),
    ("https://ok.com/*", "wildcard"),
    ("https://ok.com/a/../cb", "dot_segments"),
    ("https://ok.com/a/..;x/cb", "dot_segments"),
    ("https://ok.com/a/%2e%2E/cb", "dot_segments"),
    ("https://ok.com/..%2fcb", "dot_segments"),
    ("https://ok.com/cb\n", "characters"),
    ("https://ok.com/c b", "characters"),
    ("https://ok.com/%0d%0aSet-Cookie:x", "characters"),
    ("https://ok.com/%zz", "characters"),
    ("https://evil\\@ok.com/cb", "characters"),
    ("https://ok\uff0ecom/cb", "characters"),
    ("https://bücher.example/cb", "characters"),
    ("https://0x7f.1/cb", "host"),
    ("https://2130706433/cb", "host"),
    ("https://ok..com/cb", "host"),
    ("https://ok.com/cb?code=mine", "answer_parameter"),
    ("https://ok.com/cb?x=1&st%61te=mine", "answer_parameter"),
    ("http://ok.com/cb", "http"),
    ("http://127.0.0.1.evil.example/cb", "http"),
    ("http://[::1].evil.example/cb", "http"),
)


@pytest.mark.parametrize("sent", TRICKS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_trick_passes_for_the_registered_address(sent: str, kind: ClientKind) -> None:
    assert not redirect_uri_matches(sent, [REGISTERED, LOOPBACK], kind=kind)


@pytest.mark.parametrize(("uri", "problem"), UNREGISTRABLE)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_browser_would_read_otherwise_is_not_registered(
    uri: str, problem: str, kind: ClientKind
) -> None:
    assert problem in redirect_uri_problems(uri, kind=kind)


@pytest.mark.parametrize("kind", ["web", "spa", "native"])
@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com:8443/a/b?tenant=x&page=%20",
        "https://192.0.2.7/cb",
        "https://[2001:db8::7]:8443/cb",
        "https://APP.example.com/cb",
        "http://localhost:5000/callback",
        "http://127.0.0.1:8080/cb",
        "http://[::1]/cb",
    ],
)
def test_ordinary_addresses_are_registered(uri: str, kind: ClientKind) -> None:
    assert redirect_uri_problems(uri, kind=kind) == []


@pytest.mark.parametrize("uri", ["com.example.app:/callback", "com.example.app://callback/x"])
def test_only_native_apps_have_schemes_of_their_own(uri: str) -> None:
    assert redirect_uri_problems(uri, kind="native") == []
    assert redirect_uri_problems(uri, kind="web") == ["scheme"]
    assert redirect_uri_problems(uri, kind="spa") == ["scheme"]


@pytest.mark.parametrize(
    "uri", ["myapp:/cb", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_scheme_that_a_browser_acts_upon_is_never_registered(uri: str, kind: ClientKind) -> None:
    assert redirect_uri_problems(uri, kind=kind)[0] in {"scheme", "scheme_without_dot"}


def test_a_native_app_takes_whatever_port_is_free_on_loopback() -> None:
    assert redirect_uri_matches("http://127.0.0.1:51004/cb", [LOOPBACK], kind="native")
    assert redirect_uri_matches("http://127.0.0.1/cb", ["http://127.0.0.1:8080/cb"], kind="native")
    assert redirect_uri_matches("http://[::1]:51004/cb?x=1", ["http://[::1]/cb?x=1"], kind="native")


@pytest.mark.parametrize(
    "sent",
    [
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:51004/cb/",
        "http://127.0.0.1:51004",
        "http://[::1]:51004/cb",
        "http://127.0.0.2:51004/cb",
        "https://127.0.0.1:51004/cb",
        "HTTP://127.0.0.1:51004/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:70000/cb",
        "http://127.0.0.1:٣/cb",
        "http://127.0.0.1:80:80/cb",
        "http://127.0.0.1:51004\n/cb",
    ],
)
def test_nothing_but_the_port_is_free(sent: str) -> None:
    assert not redirect_uri_matches(sent, [LOOPBACK], kind="native")


def test_the_port_is_free_for_native_apps_and_addresses_only() -> None:
    assert not redirect_uri_matches("http://127.0.0.1:51004/cb", [LOOPBACK], kind="web")
    assert not redirect_uri_matches("http://localhost:51004/cb", ["http://localhost/cb"], kind="native")
    assert redirect_uri_matches("http://localhost/cb", ["http://localhost/cb"], kind="native")


LABELS = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)
PATHS = st.lists(
    st.from_regex(r"[A-Za-z0-9_~.-]{1,6}", fullmatch=True).filter(lambda s: s not in {".", ".."}), max_size=3
)
QUERIES = st.none() | st.from_regex(r"[xyz]=[A-Za-z0-9%2]{0,4}", fullmatch=True).filter(
    lambda q: "%" not in q
)


@st.composite
def registrable(draw: st.DrawFn) -> str:
    """An https address as an honest administrator would register it."""
    host = ".".join(draw(st.lists(LABELS, min_size=2, max_size=3)))
    port = draw(st.none() | st.integers(1, 65535))
    path = "/" + "/".join(draw(PATHS))
    query = draw(QUERIES)
    return f"https://{host}{'' if port is None else f':{port}'}{path}{'' if query is None else f'?{query}'}"


@settings(max_examples=200, deadline=None)
@given(
    uri=registrable(),
    place=st.integers(0, 200),
    what=st.characters(codec="utf-8"),
    kind=st.sampled_from(KINDS),
)
def test_an_address_is_accepted_if_and_only_if_it_is_equal(
    uri: str, place: int, what: str, kind: ClientKind
) -> None:
    assert redirect_uri_problems(uri, kind=kind) == []
    assert redirect_uri_matches(uri, [uri], kind=kind)
    at = place % (len(uri) + 1)
    for changed in (uri[:at] + what + uri[at:], uri[:at] + what + uri[at + 1 :], uri[:at] + uri[at + 1 :]):
        assert redirect_uri_matches(changed, [uri], kind=kind) is (changed == uri)


@settings(max_examples=200, deadline=None)
@given(uri=registrable(), sent=st.text(max_size=80) | st.sampled_from(TRICKS), kind=st.sampled_from(KINDS))
def test_nothing_else_is_ever_accepted(uri: str, sent: str, kind: ClientKind) -> None:
    assert redirect_uri_matches(sent, [uri], kind=kind) is (sent == uri)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=120) | st.from_regex(r"https?:(//)?[@:/?#\[\]a.%0-9]{0,20}", fullmatch=True))
def test_every_text_is_judged_and_compared_without_an_error(text: str) -> None:
    for kind in KINDS:
        for problem in redirect_uri_problems(text, kind=kind):
            assert MESSAGES[problem]
    assert redirect_uri_difference(text, [REGISTERED]).closest == REGISTERED
    parts = split_uri(text)
    joined = f"{'' if parts.scheme is None else parts.scheme + ':'}"
    if parts.host is not None:
        joined += "//" + ("" if parts.userinfo is None else parts.userinfo + "@") + parts.host
        joined += "" if parts.port is None else ":" + parts.port
    joined += parts.path + ("" if parts.query is None else "?" + parts.query)
    assert joined + ("" if parts.fragment is None else "#" + parts.fragment) == text
