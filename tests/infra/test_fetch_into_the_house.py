"""Outgoing fetches that would lead inside: a canary listens, and nobody may reach it."""

from __future__ import annotations

import pytest

from portal.infra.fetch import Fetcher, FetchRefused
from tests.infra.listeners import JSON, Listen, listen, local, refusal, says

__all__ = ["listen"]

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.1",
        "0",
        "0.0.0.0",  # noqa: S104
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "[fd00::1]",
        "[fe80::1]",
    ],
)
def test_no_way_of_writing_our_own_addresses_reaches_the_canary(listen: Listen, host: str) -> None:
    canary = listen(says())
    for scheme in ("https", "http"):
        problem = refusal(Fetcher(), f"{scheme}://{host}:{canary.port}/latest/meta-data/")
        assert problem.reason in {"url", "address"}
        assert isinstance(problem, FetchRefused)
    assert canary.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], [PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], ["rubbish"]],
)
def test_a_public_name_with_one_address_of_ours_reaches_nobody(listen: Listen, addresses: list[str]) -> None:
    canary = listen(says())
    problem = refusal(Fetcher(resolver=lambda *_: addresses), f"https://keys.example.org:{canary.port}/")
    assert problem.reason == "address"
    assert canary.connections == 0


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(listen: Listen) -> None:
    """DNS rebinding: the second answer, which nobody checks, would lead to the canary."""
    canary = listen(says())
    server = listen(says(), host="127.0.0.2", port=canary.port)
    asked: list[tuple[str, int]] = []

    def rebind(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    fetcher = Fetcher(loopback_hosts={"keys.example.org"}, resolver=rebind)
    assert fetcher.get(f"http://keys.example.org:{canary.port}/", accept=JSON).status == 200
    assert asked == [("keys.example.org", canary.port)]
    assert (server.connections, canary.connections) == (1, 0)
    assert f"\r\nHost: keys.example.org:{canary.port}\r\n".encode() in server.requests[0]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 For ever"])
def test_a_redirect_into_the_house_is_not_followed(listen: Listen, status: str) -> None:
    canary = listen(says())
    door = listen(says(status=status, more=f"Location: http://127.0.0.1:{canary.port}/\r\n"))
    assert refusal(local(), f"http://localhost:{door.port}/").reason == "redirect"
    with pytest.raises(FetchRefused):
        local().post(f"http://localhost:{door.port}/", body=b"a=1", content_type="text/plain")
    assert (door.connections, canary.connections) == (2, 0)


def test_an_address_of_ours_looks_to_the_asker_like_a_host_that_is_away() -> None:
    ours = refusal(Fetcher(resolver=lambda *_: ["10.0.0.1"]), "https://intranet.example.org/")
    away = refusal(Fetcher(resolver=lambda *_: []), "https://nowhere.example.org/")
    assert str(ours) == str(away)
    assert "10.0.0.1" not in str(ours)


def test_no_proxy_of_the_environment_is_asked(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = listen(says()), listen(says())
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    local().get(f"http://localhost:{server.port}/", accept=JSON)
    assert (proxy.connections, server.connections) == (0, 1)
