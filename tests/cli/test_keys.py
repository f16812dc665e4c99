"""`portal keys`: what it prints, what it asks to hear twice, and the code it ends with."""

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete
from typer.testing import Result

from portal.cli.exits import StartFailed
from portal.cli.start import prepare
from portal.grants.models import SigningKey
from portal.grants.repository import SigningKeys
from portal.infra.actor import CLI
from portal.infra.crypto.jose import ALGORITHMS
from tests.support.history import history
from tests.support.portals import open_portal
from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from portal.bootstrap import Portal
    from portal.infra.settings import Settings

    Run = Callable[..., Result]

# what a database could change about it, the tests of the use cases ask both of them
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

JWK = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "of-the-old-provider",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
"""The example of RFC 7515 appendix A.3."""


@pytest.fixture
def run(command: "Run") -> "Run":
    """`run("list", "--json")` as if it were typed beside this portal."""
    return partial(command, "keys")


def kid_of(portal: "Portal", state: str) -> str:
    with portal.reading() as session:
        key = SigningKeys(session).in_state("ES256", state)
    assert key is not None
    return key.kid


def test_the_list_says_what_each_key_does_and_when_that_changes(portal: "Portal", run: "Run") -> None:
    done = run("list", "--json")
    facts = json.loads(done.stdout)["items"]
    assert done.exit_code == 0
    assert {(one["algorithm"], one["state"]) for one in facts} == {
        (name, state) for name in ALGORITHMS for state in ("active", "next")
    }
    assert all(one["changes_at"] and one["signer"] == "database" for one in facts)
    lines = run("list").stdout.splitlines()
    assert len(lines) == len(facts)
    assert any(kid_of(portal, "active") in line and "Gives way to the next one" in line for line in lines)


def test_a_rotation_to_a_key_that_nobody_knows_yet_wants_to_be_meant(portal: "Portal", run: "Run") -> None:
    following = kid_of(portal, "next")
    refused = run("rotate", "ES256")
    assert (refused.exit_code, kid_of(portal, "next")) == (1, following)
    assert "less than a day ago" in refused.stderr
    done = run("rotate", "ES256", "--yes", "--json")
    assert (done.exit_code, json.loads(done.stdout)["active"]) == (0, following)
    assert kid_of(portal, "active") == following
    assert history(portal, "keys.rotated")[-1].actor_kind == "cli"


def test_a_revocation_says_what_ends_and_waits_for_a_yes(portal: "Portal", run: "Run") -> None:
    leaked, following = kid_of(portal, "active"), kid_of(portal, "next")
    refused = run("revoke", leaked, "--reason", "leaked")
    assert (refused.exit_code, kid_of(portal, "active")) == (1, leaked)
    assert "The next key signs from then on" in refused.stderr
    done = run("revoke", leaked, "--reason", "leaked", "--yes")
    assert (done.exit_code, kid_of(portal, "active")) == (0, following)
    assert any(leaked in line and "Gone since\t20" in line for line in run("list").stdout.splitlines())
    again = run("revoke", leaked, "--reason", "leaked", "--yes")
    assert (again.exit_code, "revoked already" in again.stderr) == (4, True)
    assert run("revoke", "nothing", "--reason", "leaked", "--yes").exit_code == 3
    assert run("revoke", leaked).exit_code == 2, "a reason is wanted"


def test_a_key_comes_from_a_file_or_from_a_pipe(portal: "Portal", run: "Run", tmp_path: "Path") -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(JWK), encoding="utf-8")
    done = run("import", str(file), "--as", "retired", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"kid": JWK["kid"], "state": "retired"})
    with portal.reading() as session:
        row = SigningKeys(session).by_kid(JWK["kid"])
    assert row is not None
    assert (row.sealed_private_key, row.public_jwk["x"]) == ("", JWK["x"])
    twice = run("import", "-", given=json.dumps(JWK))
    assert (twice.exit_code, "has this key already" in twice.stderr) == (4, True)
    assert JWK["d"] not in twice.output


def test_what_can_not_be_imported_ends_in_one_line_without_the_key(run: "Run", tmp_path: "Path") -> None:
    broken = run("import", "-", given=json.dumps(JWK | {"x": JWK["y"]}))
    assert (broken.exit_code, broken.stderr.count("\n")) == (2, 1)
    assert JWK["d"] not in broken.output
    assert run("import", "-", given="x" * 20_000).exit_code == 2
    assert run("import", str(tmp_path / "nowhere")).exit_code == 2
    outside = run("import", "--ref", "arn:key/1", "--algorithm", "ES256")
    assert (outside.exit_code, "PORTAL_KEY_SIGNER" in outside.stderr) == (2, True)


def test_each_key_that_signs_is_tried(portal: "Portal", run: "Run") -> None:
    done = run("check", "--json")
    facts = json.loads(done.stdout)["items"]
    assert done.exit_code == 0
    assert [one["algorithm"] for one in facts] == sorted(ALGORITHMS)
    assert all(one["signs"] and one["problem"] is None for one in facts)
    with portal.unit_of_work(CLI) as uow:
        keys = SigningKeys(uow.session)
        broken, other = keys.in_state("ES256", "active"), keys.in_state("EdDSA", "active")
        assert broken is not None
        assert other is not None
        broken.sealed_private_key = other.sealed_private_key
    done = run("check", "--json")
    problems = {one["algorithm"]: one["problem"] for one in json.loads(done.stdout)["items"]}
    assert done.exit_code == 5
    assert problems == dict.fromkeys(ALGORITHMS) | {"ES256": "seal_broken"}


def test_a_first_start_without_the_signer_outside_ends_in_one_line(
    settings: "Settings",
) -> None:
    outside = {"key_signer": f"https://localhost:{free_port()}"}
    with open_portal(settings.model_copy(update=outside)) as portal:
        with portal.unit_of_work(CLI) as uow:
            uow.session.execute(delete(SigningKey))
        with pytest.raises(StartFailed, match="PORTAL_KEY_SIGNER"):
            prepare(portal)
        portal.ports.signers.close()
