"""Documents of sectors, and where they are not fetched from."""

import json
from typing import Any

import pytest

from portal.clients.services.sectors import fetch_sector
from portal.infra.errors import Invalid
from portal.infra.fetch import Fetcher
from tests.infra.listeners import Listen, listen, local, says

__all__ = ["listen"]

CALLBACK = "https://kestrel.example/callback"


def listed(*uris: object) -> bytes:
    return json.dumps(uris).encode()


@pytest.mark.parametrize(
    "answer",
    [
        says(b"{}"),
        says(b"["),
        says(listed(CALLBACK, 7)),
        says(listed(CALLBACK), kind="text/html"),
        says(listed(CALLBACK), status="404 Not Found"),
        says(b'["' + b"x" * 70_000 + b'"]'),
        says(status="302 Found", more="Location: http://127.0.0.1/\r\n"),
    ],
)
def test_a_document_that_is_no_list_is_no_sector(listen: Listen, answer: Any) -> None:  # noqa: ANN401
    with pytest.raises(Invalid) as refused:
        fetch_sector(local(), f"http://localhost:{listen(answer).port}/")
    assert refused.value.field == "sector_identifier_uri"


def test_C9_a_public_name_of_a_private_address_is_not_reached(listen: Listen) -> None:  # noqa: N802
    canary = listen(says(listed(CALLBACK)))
    rebound = Fetcher(resolver=lambda *_: ["127.0.0.1"])
    with pytest.raises(Invalid):
        fetch_sector(rebound, f"https://sector.example:{canary.port}/")
    assert canary.connections == 0
