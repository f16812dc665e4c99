"""What is installed is what is written down, pinned by hash, and used."""

import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source import ROOT, modules

# Used without an import in the product: by name in a database address, for its drawings.
NAMED_ELSEWHERE = {
    "lucide": "deploy/assets.py",
    "psycopg": "portal/infra/settings/addresses.py",
}

# Where a package came from is each machine's own affair.
DOWNLOAD_ADDRESS = re.compile(
    r"--(extra-)?index[-]url|--find[-]links|\"resolved\": *\"http|https?://\S+\.(whl|tgz|tar\.gz)\b|https?://\S+/simple\b"
)


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _wanted(*groups: str) -> list[Requirement]:
    project = _project()
    lines = list(project["project"]["dependencies"])
    for group in groups:
        lines += project["dependency-groups"][group]
    return [Requirement(line) for line in lines]


def _pins(lock: str) -> dict[str, set[str]]:
    """Versions by package; several where Pythons differ."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([a-z0-9.-]+)==([^ ;]+)", line):
            pins.setdefault(found[1], set()).add(found[2])
    return pins


def _loose(wanted: list[Requirement], pins: dict[str, set[str]]) -> set[str]:
    return {
        str(requirement)
        for requirement in wanted
        if not (versions := pins.get(canonicalize_name(requirement.name)))
        or not all(requirement.specifier.contains(version) for version in versions)
    }


def test_the_lock_holds_what_the_project_asks_for() -> None:
    assert _loose(_wanted("build"), _pins("requirements.lock")) == set()
    assert _loose(_wanted("build", "dev"), _pins("requirements-dev.lock")) == set()


def test_tests_run_on_the_versions_that_ship() -> None:
    tested = _pins("requirements-dev.lock")
    assert {
        name: versions for name, versions in _pins("requirements.lock").items() if tested[name] != versions
    } == {}


def test_every_pin_carries_hashes() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text(encoding="utf-8").strip())
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def _extras() -> list[Requirement]:
    """What somebody may add; the product imports it where it is asked for."""
    groups = _project()["project"].get("optional-dependencies", {})
    return [Requirement(line) for lines in groups.values() for line in lines]


def _owners() -> list[set[str]]:
    """For each package that the product's modules name, other than Python's own and ours: who brings it."""
    names = {name.partition(".")[0] for module in modules() for name in module.imports()}
    distributions = packages_distributions()
    found = ({str(canonicalize_name(owner)) for owner in distributions.get(name, [])} for name in names)
    return [owners for owners in found if owners and owners != {"portal"}]


def test_no_package_is_installed_for_nothing() -> None:
    used = set().union(*_owners()) | {
        name for name, path in NAMED_ELSEWHERE.items() if name in (ROOT / path).read_text("utf-8")
    }
    assert {
        name for requirement in _wanted() if (name := canonicalize_name(requirement.name)) not in used
    } == set()


def test_no_import_rests_on_what_another_package_needs() -> None:
    wanted = {canonicalize_name(requirement.name) for requirement in (*_wanted(), *_extras())}
    assert [owners for owners in _owners() if not owners & wanted] == []


def test_no_tracked_file_says_where_packages_came_from() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=30)
    found = []
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [
                f"{name}:{number}" for number, line in enumerate(lines, 1) if DOWNLOAD_ADDRESS.search(line)
            ]
    assert found == []
