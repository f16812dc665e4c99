"""Portals with relying parties at them, and who visits those."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.relying_parties import packages
from tests.relying_parties.running import RelyingParty, running_app
from tests.relying_parties.visiting import Visitor
from tests.support.databases import Databases
from tests.support.live import LivePortal, running_portal
from tests.support.portals import MASTER_KEY, SECRET_KEY
from tests.support.post import PostOffice

# clients that this machine cannot have are left out: `python -m tests.relying_parties.packages` names them
HAS_NODE = packages.node() is not None and not packages.is_given_up("node")
HAS_APACHE = packages.apache_can_be_had() and not packages.is_given_up("apache")
LIBRARIES = [
    "authlib",
    "idpyoidc",
    *([pytest.param("openid_client", marks=pytest.mark.foreign)] if HAS_NODE else []),
]
collect_ignore = [
    *([] if HAS_NODE else ["test_openid_client.py"]),
    *([] if HAS_APACHE else ["test_mod_auth_openidc.py"]),
]


@pytest.fixture(params=LIBRARIES)
def relying_party(
    request: pytest.FixtureRequest, live_portal: LivePortal, tmp_path: Path
) -> Iterator[RelyingParty]:
    """Each library in turn, on both databases."""
    with running_app(str(request.param), live_portal, tmp_path) as app:
        yield app


@pytest.fixture(scope="session")
def trial_portal(
    databases: Databases, post_office: PostOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LivePortal]:
    """A portal that lets apps register themselves, old ones too, and reaches those on this machine."""
    folder = tmp_path_factory.mktemp("trial")
    settings = {
        "PORTAL_CLIENT_REGISTRATION": "token",
        "PORTAL_DPOP_NONCES": "true",
        "PORTAL_IMPLICIT_FLOW": "true",
        "PORTAL_FETCH_LOOPBACK": "true",
        # a copy of the prepared database opens with these, and saves the making of keys
        "PORTAL_MASTER_KEY": MASTER_KEY,
        "PORTAL_SECRET_KEY": SECRET_KEY,
    }
    with (
        databases.fresh("sqlite", folder) as url,
        running_portal(url, folder, post_office, settings) as portal,
    ):
        yield portal


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    someone = Visitor()
    yield someone
    someone.close()
