"""The image: pinned, built in one stage and bare in the next, nobody's in particular, watched by its own command."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.image import HOME, ROOT, STATE, Stage, copied, stages

TOOLS = ("apt-get", "apk", "gcc", "build-essential", "curl", "wget", "git ", "pip install", "npm")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").splitlines()


@pytest.fixture
def last() -> Stage:
    return stages()[-1]


def test_every_base_is_a_slim_python_of_one_version() -> None:
    assert len(stages()) == 2
    for stage in stages():
        assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", stage.base), stage.base
        assert stage.base == stages()[0].base


def test_packages_are_finished_wheels_that_are_checked_by_their_hash() -> None:
    installs = [part for rest in stages()[0].all("RUN") for part in rest.split("&&") if "pip install" in part]
    assert all("--no-deps" in install for install in installs)
    assert ["$LOCKS" in install for install in installs] == [True, False]
    assert stages()[0].all("ARG") == ["LOCKS=requirements.lock"]
    assert "--require-hashes" in installs[0]
    assert "--only-binary=:all:" in installs[0]
    assert "--no-build-isolation" in installs[1]


def test_the_other_server_is_the_one_that_the_tests_ran() -> None:
    def pinned(lock: str) -> str:
        text = (ROOT / lock).read_text("utf-8")
        return "\n".join(re.findall(r"^granian==.*(?:\n    --hash=.*)+", text, re.MULTILINE))

    assert pinned("deploy/granian.lock")
    assert pinned("deploy/granian.lock") == pinned("requirements-dev.lock")


def test_nothing_is_fetched_by_an_address_and_nothing_secret_is_built_in() -> None:
    for stage in stages():
        assert stage.all("ADD") == []
        for step in stage.steps:
            assert "://" not in step.rest
            assert ":latest" not in step.rest
        assert not {name for name in stage.environment if re.search("KEY|PASSWORD|TOKEN|SECRET|URL", name)}


def test_the_last_stage_has_nothing_to_install_or_build_with(last: Stage) -> None:
    assert [rest.split()[0] for rest in last.all("COPY")] == ["--from=build"]
    for rest in last.all("RUN"):
        assert not [tool for tool in TOOLS if tool in rest]
    assert "pip uninstall" in last.all("RUN")[0]
    assert "-perm /6000" in last.all("RUN")[0]


def test_it_runs_as_an_ordinary_user_and_is_the_command_and_nothing_else(last: Stage) -> None:
    assert last.last("USER") == "1000:1000"
    assert [step.word for step in last.steps].index("USER") > [step.word for step in last.steps].index("COPY")
    assert last.words("ENTRYPOINT") == ["portal"]
    assert last.words("CMD") == ["serve"]
    assert last.last("WORKDIR") == HOME
    assert last.last("EXPOSE") == "8000"
    assert last.environment["PORT"] == "8000"
    assert last.environment["PORTAL_INSTANCE_DIR"] == STATE


def test_its_health_is_asked_by_its_own_command(last: Stage) -> None:
    options, _, command = last.last("HEALTHCHECK").partition(" CMD ")
    assert command == '["portal", "healthcheck"]'
    assert {option.partition("=")[0] for option in options.split()} == {
        "--interval",
        "--timeout",
        "--start-period",
        "--retries",
    }


def test_only_what_is_named_reaches_the_builder() -> None:
    assert IGNORED[1] == "*"
    named = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
    assert all((ROOT / name).exists() for name in named)
    wanted = {name for name in copied() if not name.startswith("deploy")}
    assert {name for name in named if not name.startswith("deploy/")} == wanted
    assert {name for name in named if name.startswith("deploy/")} == {
        "deploy/assets.lock",
        "deploy/assets.py",
        "deploy/granian.lock",
        "deploy/postgresql-roles.sql",
    }
    assert {"static/vendor", "**/__pycache__"} <= set(IGNORED)


def test_secrets_of_compose_are_made_once_and_stay(tmp_path: Path) -> None:
    """And none of them is in the tree."""
    script = ROOT / "deploy" / "compose" / "secrets.sh"
    folder = tmp_path / "secrets"

    def make() -> dict[str, str]:
        subprocess.run(["sh", script, folder], check=True, capture_output=True, timeout=10)
        return {path.name: path.read_text().strip() for path in folder.iterdir()}

    made = make()
    assert make() == made
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(made["master_key"]) == 64
    assert made["database_password_app"] in made["database_url"]
    assert made["database_password_owner"] in made["database_url_owner"]
    assert made["redis_password"] in made["redis_url"]
    assert len(set(made.values())) == len(made)
    listed = subprocess.run(
        ["git", "ls-files", "deploy/compose"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert sorted(listed.stdout.split()) == ["deploy/compose/passwords.sh", "deploy/compose/secrets.sh"]
