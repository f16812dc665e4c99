"""Where an outgoing fetch may go, by the form of the URL and by the address."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.fetch_rules import is_loopback, is_public, target_of

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "3fff::1",
    "4000::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", [*NOT_PUBLIC, "", "localhost", "8.8.8.8 ", "8.8.8.8:80", "0x08080808"])
def test_an_address_of_ours_or_of_no_one_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(str(address))


@given(st.integers(0, 2**32 - 1))
def test_no_ipv4_address_hides_in_ipv6(number: int) -> None:
    for prefix in ("::ffff:0:0", "64:ff9b::", "::"):
        assert not is_public(str(IPv6Address(int(ip_address(prefix)) + number)))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("localhost", False),
        ("", False),
    ],
)
def test_loopback_is_what_is_written_as_such(address: str, *, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///path",
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "data:application/json,{}",
        "javascript:alert(1)",
        "gopher://example.org/",
        "HTTPS://example.org/",
        "https:example.org",
        "//example.org/",
        "https://user@example.org/",
        "https://user:pass@example.org/",
        "https://example.org@127.0.0.1/",
        "https://@example.org/",
        "https://example.org:/",
        "https://example.org:0443/",
        "https://example.org#@127.0.0.1/",
        "https://example.org/#fragment",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/\r\nHost: x",
        "https://example.org/ x",
        "https://exam\tple.org/",
        "https://exa\u3002mple.org/",
        "https://\uff45xample.org/",
        "https://bücher.example/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:port/",
        "https://[::1/",
        "https://[::1]x/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://example.0x/",
        "https://.example.org/",
        "https://example..org/",
        "https://example.org./",
        "https://-example.org/",
        "https://" + "a" * 64 + ".org/",
        "https://" + "a." * 130 + "org/",
        "https://example.org/" + "x" * 2_000,
        "http://localhost.evil.example/",
        "http://127.0.0.1/",
    ],
)
def test_a_url_that_could_mean_something_else_is_none(url: str) -> None:
    assert target_of(url, loopback_hosts={"localhost"}) is None


@pytest.mark.parametrize(
    ("url", "authority", "port", "path"),
    [
        ("https://example.org", "example.org", 443, "/"),
        ("https://Example.ORG/jwks.json?v=1", "example.org", 443, "/jwks.json?v=1"),
        ("https://example.org:8443/a%20b", "example.org:8443", 8443, "/a%20b"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
        ("https://93.184.216.34/", "93.184.216.34", 443, "/"),
        ("https://[2606:4700::1111]:444/", "[2606:4700::1111]:444", 444, "/"),
        ("http://localhost:5000/cb", "localhost:5000", 5000, "/cb"),
        ("http://[::1]/", "[::1]", 80, "/"),
    ],
)
def test_a_url_is_taken_apart_once(url: str, authority: str, port: int, path: str) -> None:
    target = target_of(url, loopback_hosts={"localhost", "::1"})
    assert target is not None
    assert (target.authority, target.port, target.path) == (authority, port, path)


def test_a_loopback_host_may_be_this_machine_only_and_others_never() -> None:
    local = target_of("http://localhost/", loopback_hosts={"localhost"})
    other = target_of("https://example.org/", loopback_hosts={"localhost"})
    assert local is not None
    assert other is not None
    assert [local.permits(address) for address in ("127.0.0.1", "::1", "10.0.0.1", "8.8.8.8")] == [
        True,
        True,
        False,
        False,
    ]
    assert [other.permits(address) for address in ("127.0.0.1", "::1", "10.0.0.1", "8.8.8.8")] == [
        False
    ] * 3 + [True]
