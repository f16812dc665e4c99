"""What a hostile or broken program may send: strategies for paths, queries, bodies, cookies and headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hypothesis import strategies as st

ASPECTS: Final = ("body", "query", "path", "headers", "cookies", "csrf", "visitor", "method")
VISITORS: Final = ("administrator", "person", "anonymous")
SAFE: Final = frozenset({"GET", "HEAD"})
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get")
FORM: Final = "application/x-www-form-urlencoded"

TEXTS: Final = (
    "", " ", "\t\r\n", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\ufeff", "e\u0301" * 50, "İ", "ß",
    "%00", "%", "%ff%fe", "%252e%252e%252f", "../../../etc/passwd", "..;/", "\\..\\", ".", "//",
    "<script>alert(1)</script>", "\"'><img src=x>", "{{7*7}}", "{%raw%}", "${7*7}", "%s%n", "{0.__class__}",
    "' OR '1'='1", "'; DROP TABLE users; --", "\r\nSet-Cookie: portal_session=x", "=cmd|' /C calc'!A0",
    "0", "-1", "9" * 400, "1e999", "NaN", "١٢٣", "true", "null", "[]", "{}", "[" * 5_000, '{"a":' * 2_000,
    '{"userinfo":{"email":null},"userinfo":1}', '{"id_token":[1],"userinfo":"x"}', '{"id_token":{"sub":{"value":1e9}}}',
    "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/..//evil.example",
    "javascript:alert(1)", "data:text/html,x", "http://[::1", "http://a:99999999/", "http://xn--a.example",
    "a@b", "a@b@c.example", '"a b"@example.org', "maya@example.org\nBcc: x@example.org", "@",
    "x" * 300 + "@example.org", "2026-02-30", "0000-00-00", "99999-12-31", "00000000-0000-0000-0000-000000000000",
    "{01890a5d-ac96-774b-bcce-b302099a8057}", "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
    "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.x", "a.b.c", "." * 500, "ses_x_x", "x" * 4_000, "x" * 66_000,
)  # fmt: skip
"""Each of these has broken something somewhere."""

NAMES: Final = (
    "", "csrf_token", "__proto__", "constructor", "a[b]", "a.b", "a\x00b", "\ud800", "x" * 300, "flow", "next", "q",
    "before", "after", "state", "kind", "period", "actor", "subject", "session", "outcome", "looks", "access_token",
    "response_mode", "request", "request_uri", "registration", "resource", "client_assertion", "client_assertion_type",
)  # fmt: skip

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Host": ("evil.example", "", "localhost:99999999", "[::1", "a b", "\xff", "localhost,evil.example", ".", "x" * 300),
    "X-Forwarded-Host": ("evil.example",),
    "X-Forwarded-For": ("127.0.0.1, x", "\xff" * 40),
    "X-Forwarded-Proto": ("https", "javascript"),
    "Forwarded": ("for=127.0.0.1;host=evil.example",),
    "Origin": ("null", "https://evil.example", "http://localhost", "x"),
    "Sec-Fetch-Site": ("same-origin", "none", "cross-site", "\xff"),
    "Referer": ("https://evil.example/", "\xff"),
    "Accept": ("", "*/*;q=x", "text/html;q=-1", ",,,,;;;;", "application/openmetrics-text; version=9", "x" * 4_000),
    "Accept-Language": ("x-;q=1e999", "de;q=\xff", "*" * 500),
    "Accept-Encoding": ("gzip;q=nan", "identity;q=0, *;q=0", "br", ",;="),
    "Authorization": (
        "", "Basic", "Basic !!!", "Basic Og==", "Basic " + "A" * 5_000, "Basic /w==", "Basic AGE6Yg==", "Bearer",
        "Bearer \xff", "Bearer " + "." * 3_000, "Bearer eyJhbGciOiJub25lIn0.e30.", 'Digest username="', "DPoP x",
        "\xff \xff",
    ),
    "HX-Request": ("true", "false", "\xff"),
    "HX-Target": ("results", "\xff"),
    "HX-Current-URL": ("http://[::1", "\xff"),
    "HX-History-Restore-Request": ("true",),
    "HX-Trigger": ('{"a":',),
    "If-None-Match": ("*", '"x"', "W/\xff"),
    "If-Modified-Since": ("yesterday", "Thu, 32 Foo 99999 99:99:99 GMT"),
    "Range": ("bytes=0-0", "bytes=-", "bytes=9999999999999-", "x=1-2,3-4"),
    "Content-Length": ("-1", "abc", "99999999999999999999", "0", "1"),
    "Transfer-Encoding": ("chunked", "x"),
    "Content-Encoding": ("gzip", "\xff"),
    "Expect": ("100-continue", "x"),
    "User-Agent": ("", "\xff" * 300, "(" * 2_000, "Mozilla/5.0 (\x1b[31m) {{7*7}} <script>"),
    "X-Request-ID": ("x" * 500, "\xff"),
    "X-HTTP-Method-Override": ("DELETE",),
    "X-CSRFToken": ("x",),
    "Access-Control-Request-Method": ("DELETE",),
}  # fmt: skip
"""What servers let through: a line break or NUL in a header they refuse themselves."""

CONTENT_TYPES: Final = (
    FORM, FORM.upper(), f"{FORM};;=", f"{FORM}; charset=utf-16", f"{FORM}; charset=\xff", "application/json",
    "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "",
    "\xff", "x" * 300,
)  # fmt: skip

BODIES: Final = (
    b"", b"&&&===&", b"\xff\xfe\x00", b"%", b"a=%ff&a=%00", b"=" * 3_000, b"a&" * 3_000, b"x" * 66_000,
    b'{"grant_type":' + b"[" * 5_000, b'{"a":{"a":{"a":1}}}', b"[]", b"null", b'"\\ud800"', b"\x1f\x8b\x08\x00",
    b"--x\r\n\r\n", b"--x", b"--x--", b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\nx\r\n--x--',
    b'--x\r\nContent-Disposition: form-data; name="a"; filename="\xff"\r\nContent-Type: \xff\r\n\r\n\x00\r\n--x--\r\n',
    b"--x\r\n" + b"A: b\r\n" * 300, b'--x\r\nContent-Disposition: form-data; name="' + b"y" * 9_000,
)  # fmt: skip

QUERIES: Final = ("%", "%ff", "a=%ud800", "&" * 500, "a&" * 2_000, "x" * 66_000)

hostile_text = st.sampled_from(TEXTS) | st.text(st.characters(), max_size=20)
"""Lone surrogates included: they are sent as bytes that are no UTF-8."""

COOKIES: Final = (
    "=portal_session=x", "portal_session", ";;;=;", "portal_session=x; portal_session=y", "a=" + "x" * 5_000,
    "\xff=\xff", 'portal_session="', "portal_state=eyJhIjoxfQ.x.y", "portal_device=dev_x.dev_y..", "$Version=1",
    'portal_theme="><x', "portal_browser=brw_x", "portal_identifier=v1.k1.x", "c=1; " * 500,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request as it lies on the wire; its repr is what a failure shows."""

    method: str
    path: str
    """Percent-encoded."""
    query: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    cookies: str | None
    csrf: str
    """`right` brings it behind the first wall; `wrong` and `none` not."""
    visitor: str = field(default="anonymous")

    @property
    def path_bytes(self) -> str:
        """What a server hands on as PATH_INFO (PEP 3333)."""
        return unquote_to_bytes(self.path).decode("latin-1")


@dataclass(frozen=True, kw_only=True)
class Route:
    """What a well-formed request to one route is made of."""

    path: str
    """With its arguments in angles: `/admin/users/<user_id>`."""
    arguments: Mapping[str, str]
    methods: Sequence[str]
    good: Mapping[str, Sequence[str]]
    """The names of its fields, with values that lead somewhere."""
    visitor: str


@st.composite
def requests(draw: st.DrawFn, route: Route) -> Sent:
    """A request that is right but for one or two things, so that what is wrong is what gets looked at."""
    wrong = draw(st.sets(st.sampled_from(ASPECTS), min_size=1, max_size=2))
    complete = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in route.good.items()})
    method = draw(st.sampled_from(METHODS if "method" in wrong else route.methods))
    query = pairs_of(draw(complete)) if method in SAFE else ""
    content_type, body = FORM, b"" if method in SAFE else pairs_of(draw(complete)).encode()
    if "query" in wrong:
        query = draw(_fields(route).map(pairs_of) | st.sampled_from(QUERIES))
    if "body" in wrong:
        content_type, body = draw(_bodies(route))
    return Sent(
        method=method,
        path=draw(_paths(route)) if "path" in wrong else filled(route.path, route.arguments),
        query=query,
        content_type=content_type,
        body=body,
        headers=tuple(draw(_headers)) if "headers" in wrong else (),
        cookies=draw(st.sampled_from(COOKIES)) if "cookies" in wrong else None,
        csrf=draw(st.sampled_from(("wrong", "none"))) if "csrf" in wrong else "right",
        visitor=draw(st.sampled_from(VISITORS)) if "visitor" in wrong else route.visitor,
    )


def encoded(text: str) -> str:
    """Percent-encoded, whatever it is."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def pairs_of(fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)


def filled(path: str, values: Mapping[str, str]) -> str:
    """The path with these values for its arguments."""
    for name, value in values.items():
        path = path.replace(f"<{name}>", encoded(value))
    return path


_headers = st.lists(
    st.sampled_from([(name, value) for name, values in HEADERS.items() for value in values]),
    min_size=1,
    max_size=3,
)


def _fields(route: Route) -> st.SearchStrategy[list[tuple[str, str]]]:
    """The route's own fields, some missing, some hostile, some twice, and now and then one that it does not know."""
    own = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(values) | hostile_text for name, values in route.good.items()}
    )
    further = st.lists(st.tuples(st.sampled_from((*NAMES, *route.good)), hostile_text), max_size=2)
    return st.builds(lambda first, second: [*first.items(), *second], own, further)


def _bodies(route: Route) -> st.SearchStrategy[tuple[str, bytes]]:
    """A form with hostile fields, mostly; else no form, or none of any kind that there is."""
    forms = _fields(route).map(lambda pairs: (FORM, pairs_of(pairs).encode()))
    others = st.tuples(st.sampled_from(CONTENT_TYPES), st.sampled_from(BODIES) | st.binary(max_size=200))
    return forms | forms | others


def _paths(route: Route) -> st.SearchStrategy[str]:
    """Something else in the place of an argument, or behind the path."""
    if not route.arguments:
        return hostile_text.map(lambda tail: f"{route.path}{encoded(tail)}")
    odd = {name: st.just(value) | hostile_text for name, value in route.arguments.items()}
    return st.fixed_dictionaries(odd).map(lambda values: filled(route.path, values))
