"""The metadata as a program reads it, and what tests have used of it."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import pytest
from flask.testing import FlaskClient

from tests.oauth.steps import ISSUER

USED: Final[set[str]] = set()
"""Members that some test uses; filled when the modules are loaded."""

EVERYTHING: Final[dict[str, Any]] = {
    "implicit_flow": True,
    "client_registration": "open",
    "client_id_documents": True,
    "client_certificate_header": "X-Client-Cert",
    "trusted_proxy_hops": 1,
}
"""Settings of a portal that leaves nothing out."""

Test = TypeVar("Test", bound=Callable[..., None])


def uses(*members: str) -> Callable[[Test], Test]:
    """Marks what a test uses of the metadata."""
    USED.update(members)
    return lambda test: test


@pytest.fixture
def metadata(program: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = program.get("/.well-known/openid-configuration").get_json()
    return document


def path_of(metadata: dict[str, Any], member: str) -> str:
    """Where an endpoint is, without the host."""
    return str(metadata[member]).removeprefix(ISSUER)
