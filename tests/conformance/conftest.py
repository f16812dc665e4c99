"""One portal for all modules, with the fixtures that a trial loads."""

from collections.abc import Iterator

import pytest

from tests.conformance.dynamic import Dynamic
from tests.conformance.fapi import Fapi
from tests.conformance.suite import Suite
from tests.conformance.trial import Trial, trial_on
from tests.conformance.variants import BASIC, Variant
from tests.support.databases import Databases

KINDS: dict[str, type[Suite]] = {"dynamic": Dynamic, "fapi2": Fapi, "fapi2-signing": Fapi}
"""Who plays the client, by the configuration."""


@pytest.fixture(scope="session")
def trial(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with trial_on("sqlite", databases, tmp_path_factory.mktemp("trial")) as opened:
        yield opened


@pytest.fixture(scope="session")
def trial_on_postgresql(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with trial_on("postgresql", databases, tmp_path_factory.mktemp("trial-pg")) as opened:
        yield opened


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    """The module under test, by the name of the test: `test_oidcc_server` is `oidcc-server`. Its variant is that of
    `@runs(…)`, or the one that its file names.
    """
    module = request.node.name.removeprefix("test_").partition("[")[0].replace("_", "-")
    variant: Variant = getattr(request, "param", getattr(request.module, "VARIANT", BASIC))
    name = "trial" if variant.database == "sqlite" else "trial_on_postgresql"
    trial: Trial = request.getfixturevalue(name)
    return KINDS.get(variant.config, Suite)(trial, variant, module)
