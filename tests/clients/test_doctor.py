"""What the redirect-URI doctor finds, and how a browser reads an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clients.rules.browser_reading import browser_reading
from portal.clients.rules.doctor import Piece, address_within, diagnose, pieces_of

CALLBACK = "https://ci.example.org/callback"
REGISTERED = [CALLBACK, "https://staging.example.org/cb"]


def test_an_exact_address_is_accepted_and_compared_with_itself_alone() -> None:
    found = diagnose(CALLBACK, REGISTERED, kind="web")
    assert (found.is_accepted, found.is_exact, len(found.comparisons)) == (True, True, 1)
    assert not found.may_be_registered


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (CALLBACK + "/", "They differ in the path (a slash at the end)."),
        (CALLBACK.upper(), "They differ in the scheme (upper and lower case)"),
        (CALLBACK.replace("https", "http"), "They differ in the scheme."),
        (CALLBACK + " ", "They differ in the white space around the address"),
        (CALLBACK + "?x=1", "They differ in the query (the app added it)."),
        (CALLBACK + "#x", "They differ in the part after # (the app added it)."),
        (CALLBACK.replace(".org", ".org:8443"), "They differ in the port (the app added it)."),
        (CALLBACK.replace("callback", "cb"), "They differ in the path."),
        (CALLBACK.replace("callback", "Callback"), "They differ in the path (upper and lower case)."),
    ],
)
def test_the_nearest_address_comes_first_with_its_difference_in_words(sent: str, words: str) -> None:
    found = diagnose(sent, REGISTERED[::-1], kind="web")
    assert not found.is_accepted
    assert found.comparisons[0].registered == CALLBACK
    assert found.comparisons[0].difference.sentence.startswith(words)


def test_names_of_this_device_are_different_addresses() -> None:
    found = diagnose("http://localhost:3000/cb", ["http://127.0.0.1:3000/cb"], kind="web")
    words = "They differ in the host (localhost, 127.0.0.1 and [::1] are three addresses)."
    assert found.comparisons[0].difference.sentence == words


def test_the_characters_that_differ_are_marked() -> None:
    assert pieces_of("https://a.example/cb/", "https://a.example/cb") == (
        Piece("same", "https://a.example/cb"),
        Piece("sent", "/"),
    )
    assert pieces_of("https://a.example/x", "https://b.example/x") == (
        Piece("same", "https://"),
        Piece("registered", "b"),
        Piece("sent", "a"),
        Piece("same", ".example/x"),
    )


def test_parts_that_have_nothing_in_common_are_two_and_hosts_lie_beside_hosts() -> None:
    assert pieces_of("http://localhost:8080/cb", "https://heron.example/cb") == (
        Piece("same", "http"),
        Piece("registered", "s"),
        Piece("same", "://"),
        Piece("registered", "heron.example"),
        Piece("sent", "localhost:8080"),
        Piece("same", "/cb"),
    )


def test_what_it_means_to_register_an_address_is_said() -> None:
    assert diagnose(CALLBACK + "/", REGISTERED, kind="web").consequences == (
        "Whoever answers on ci.example.org gets the codes of people who sign in.",
    )
    elsewhere = diagnose("https://ci.example.net/cb", REGISTERED, kind="web").consequences
    assert elsewhere[-1] == "No other address of this app is on ci.example.net."
    (device,) = diagnose("http://127.0.0.1/cb", REGISTERED, kind="native").consequences
    assert device.startswith("Whichever program of a person's own device listens there")
    (claimed,) = diagnose("org.example.app:/cb", REGISTERED, kind="native").consequences
    assert claimed.startswith("Whichever app of a device claims org.example.app:")


def test_what_nobody_sees_is_written_out() -> None:
    (_, space) = pieces_of(CALLBACK + " ", CALLBACK)
    assert space.shown == "⟨space⟩"
    (_, hidden) = pieces_of(CALLBACK + "\u200b", CALLBACK)
    assert hidden.shown == "⟨U+200B⟩"


@given(st.text(max_size=400), st.text(max_size=400))
def test_the_pieces_make_up_both_addresses(sent: str, registered: str) -> None:
    pieces = pieces_of(sent, registered)
    assert "".join(piece.text for piece in pieces if piece.kind != "registered") == sent
    assert "".join(piece.text for piece in pieces if piece.kind != "sent") == registered


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    found = diagnose(text, REGISTERED, kind="web")
    assert found.is_accepted is (text in REGISTERED or address_within(text) in REGISTERED)
    assert browser_reading(text).scheme == browser_reading(text).scheme.lower()


def test_of_a_whole_request_its_address_is_taken() -> None:
    request = "https://id.example/oauth2/authorize?client_id=x&redirect_uri=https%3A%2F%2Fci.example.org%2Fcallback&state=s"
    found = diagnose(request, REGISTERED, kind="web")
    assert (found.sent, found.is_taken_from_request, found.is_exact) == (CALLBACK, True, True)
    assert address_within(request + "&redirect_uri=https%3A%2F%2Fevil.example") is None


def test_a_native_app_may_take_another_port_of_this_device() -> None:
    found = diagnose("http://127.0.0.1:49152/cb", ["http://127.0.0.1/cb"], kind="native")
    assert (found.is_accepted, found.is_exact) == (True, False)
    assert not diagnose("http://127.0.0.1:49152/cb", ["http://127.0.0.1/cb"], kind="web").is_accepted


def test_what_cannot_be_registered_is_said_in_words() -> None:
    found = diagnose("http://ci.example.org/cb#x", REGISTERED, kind="web")
    assert "Use https; plain http is for localhost, 127.0.0.1 and [::1] only" in found.problems
    assert "Leave out the # and what follows it" in found.problems
    assert not found.may_be_registered
    full = [f"https://ci.example.org/{number}" for number in range(20)]
    assert (
        "The app has 20 addresses already; remove one first" in diagnose(CALLBACK, full, kind="web").problems
    )


@pytest.mark.parametrize(
    ("text", "host", "path", "words"),
    [
        ("https://ci.example.org\\@evil.example/cb", "ci.example.org", "/@evil.example/cb", "backslash"),
        ("https://ci.example.org@evil.example/cb", "evil.example", "/cb", "user name"),
        ("HTTPS://CI.Example.ORG/cb", "ci.example.org", "/cb", "lower case"),
        ("https://ci.example.org/a/../b", "ci.example.org", "/b", "resolves . and .."),
        ("https://ci.example.org/%2e%2e/b", "ci.example.org", "/b", "resolves . and .."),
        ("https://ci.exam\nple.org/cb", "ci.example.org", "/cb", "line break"),
        ("https://ci.example.org:443/cb", "ci.example.org", "/cb", "usual one of https"),
        ("https://0x7f.1/cb", "0x7f.1", "/cb", "no plain name"),
        ("https://сi.example.org/cb", "сi.example.org", "/cb", "beyond ASCII"),  # noqa: RUF001 - a Cyrillic letter
        ("/cb", "", "/cb", "Without a scheme"),
    ],
)
def test_a_browser_reads_an_address_in_its_own_way(text: str, host: str, path: str, words: str) -> None:
    reading = browser_reading(text)
    assert (reading.host, reading.path) == (host, path)
    assert any(words in remark for remark in reading.remarks), reading.remarks
