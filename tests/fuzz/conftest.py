"""One inhabited portal for each database and process: hostile requests come by the thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.databases import KINDS, Databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.inhabited import Inhabited


@pytest.fixture(scope="session", params=KINDS)
def world(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Inhabited]:
    from tests.support.inhabited import inhabited  # noqa: PLC0415 - loads the portal
    from tests.support.portals import cheap_settings  # noqa: PLC0415

    folder = tmp_path_factory.mktemp(f"fuzz-{request.param}")
    with (
        databases.fresh(request.param, folder) as url,
        inhabited(cheap_settings(url, folder / "instance")) as world,
    ):
        yield world
