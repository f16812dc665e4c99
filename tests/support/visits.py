"""Live portals to visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import KINDS, Databases
from tests.support.live import LivePortal, running_portal

if TYPE_CHECKING:
    from tests.support.post import PostOffice

StartPortal = Callable[..., LivePortal]


@pytest.fixture(scope="session", params=KINDS)
def live_portal(
    request: pytest.FixtureRequest,
    databases: Databases,
    post_office: PostOffice,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LivePortal]:
    """A portal behind gunicorn, shared by the tests of one worker: make people and apps of your own."""
    from tests.support.portals import MASTER_KEY, SECRET_KEY  # noqa: PLC0415 - loads the portal

    folder = tmp_path_factory.mktemp(f"live-{request.param}")
    # a copy of the prepared database opens with these, and saves the start the making of schema and keys
    keys = {"PORTAL_MASTER_KEY": MASTER_KEY, "PORTAL_SECRET_KEY": SECRET_KEY}
    with (
        databases.fresh(request.param, folder) as url,
        running_portal(url, folder, post_office, keys) as portal,
    ):
        yield portal


@pytest.fixture
def start_portal(
    empty_database_url: str,
    post: PostOffice,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartPortal]:
    """`start_portal(PORTAL_SIGN_UP="closed")`: a portal of the test's own, on both databases."""
    with ExitStack() as stack:

        def start(**settings: str) -> LivePortal:
            folder = tmp_path_factory.mktemp("portal")
            return stack.enter_context(running_portal(empty_database_url, folder, post, settings))

        yield start
