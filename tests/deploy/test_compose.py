"""compose.yaml: every service pinned, watched, shut in, and its secrets in files."""

import re
from typing import Any, Final

import pytest
import yaml

from portal.infra.settings import load_settings
from tests.deploy.image import HOME, ROOT, STATE

FILE: Final = ROOT / "deploy" / "compose.yaml"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
OURS: Final = ("portal", "worker", "beat", "migrate")
KEYS: Final = frozenset({
    "build", "cap_add", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "mem_limit",
    "network_mode", "networks", "ports", "read_only", "restart", "secrets", "security_opt", "stop_grace_period",
    "tmpfs", "user", "volumes",
})  # fmt: skip
"""Of the Compose specification, those that are used here: a misspelt one would be left out in silence by some."""
SECRET: Final = re.compile("PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL|REDIS_URL")

each = pytest.mark.parametrize("name", SERVICES)


def test_the_file_has_the_parts_of_the_specification() -> None:
    parts = {part for part in COMPOSE if not part.startswith("x-")}
    assert parts == {"name", "services", "networks", "volumes", "secrets"}
    assert {"portal", "worker", "beat", "migrate", "database", "redis", "mail"} == set(SERVICES)
    assert {key for service in SERVICES.values() for key in service} <= KEYS


@each
def test_a_service_is_pinned_and_shut_in(name: str) -> None:
    service = SERVICES[name]
    image, _, tag = service["image"].rpartition(":")
    assert image
    assert tag == "local" if name in OURS else re.match(r"v?\d+\.\d+(\.\d+)?", tag)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if name != "database":
        assert "cap_add" not in service
        assert service["user"].partition(":")[0] != "0"


@each
def test_no_secret_stands_in_the_file(name: str) -> None:
    service = SERVICES[name]
    for variable, value in service.get("environment", {}).items():
        if SECRET.search(variable):
            assert variable.endswith("_FILE"), variable
            assert value.startswith("/run/secrets/")
            assert value.removeprefix("/run/secrets/") in service["secrets"]
        assert not re.search(r"://[^/]*:[^/]*@", str(value))
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_secrets_are_the_files_that_the_script_makes() -> None:
    script = (ROOT / "deploy" / "compose" / "secrets.sh").read_text("utf-8")
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./compose/secrets/{name}"}
        assert name in script


@each
def test_a_service_is_watched_or_says_why_not(name: str) -> None:
    """A worker has no door to knock at; what it does not do is seen in the outbox."""
    health = SERVICES[name]["healthcheck"]
    if name in {"worker", "beat", "migrate"}:
        assert health == {"disable": True}
    else:
        assert health["test"][0] in {"CMD", "CMD-SHELL"}
        assert {"interval", "timeout", "retries"} <= set(health)
    if name == "portal":
        assert health["test"] == ["CMD", "portal", "healthcheck"]


@each
def test_whoever_is_waited_for_can_say_that_it_is_there(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert (how["condition"], other) == ("service_completed_successfully", "migrate")
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_what_ours_are_told_are_settings(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """With the files in their place, and nothing but the defaults of the file."""
    folder = tmp_path_factory.mktemp("secrets")
    service = SERVICES[name]
    contents = {
        "redis_url": "redis://portal:x@redis:6379/0",
        "database_url": "postgresql://portal_app:x@database/portal",
    }
    for secret in service["secrets"]:
        known = contents.get(secret.removesuffix("_owner"), "ab" * 32)
        (folder / secret).write_text(known)
    given = {
        variable: re.sub(r"\$\{\w+:-(.*)\}", r"\1", str(value)).replace("/run/secrets", str(folder))
        for variable, value in service["environment"].items()
    }
    settings = load_settings(given)
    assert settings.jobs == "celery"
    assert settings.base_url == "http://localhost:8000"
    assert settings.redis_url == contents["redis_url"]
    assert (settings.master_key, settings.secret_key) == ("ab" * 32, "ab" * 32)


@pytest.mark.parametrize("name", OURS)
def test_ours_write_in_memory_only(name: str) -> None:
    service = SERVICES[name]
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == [STATE, "/tmp"]  # noqa: S108 - a container's own
    assert "volumes" not in service
    assert HOME not in str(service["tmpfs"])
    assert service["stop_grace_period"] == "40s"


def test_only_pages_are_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"portal": ["127.0.0.1:8000:8000"], "worker": ["127.0.0.1:8025:8025"]}
    assert SERVICES["mail"]["network_mode"] == "service:worker"
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("database", "redis", "beat", "migrate"):
        assert SERVICES[name]["networks"] == ["inside"]
