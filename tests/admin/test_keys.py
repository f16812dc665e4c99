"""The pages about signing keys: what is seen, who may step in, and that each step says what it will do."""

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portal.grants.repository import SigningKeys
from portal.infra.crypto.jose import ALGORITHMS
from tests.admin.conftest import entries_of, shown
from tests.admin.test_client_statistics import relying
from tests.admin.test_clients import register
from tests.oauth.steps import tokens_for, userinfo

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal
    from portal.grants.repository.signing_keys import SigningKey
    from tests.admin.conftest import Operator
    from tests.support.portals import MovableClock


def key_of(portal: "Portal", algorithm: str = "ES256", state: str = "active") -> "SigningKey":
    with portal.reading() as session:
        key = SigningKeys(session).in_state(algorithm, state)
    assert key is not None
    return key


def pem() -> str:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_the_page_shows_every_key_and_what_happens_to_it_next(
    portal: "Portal", maya: "Operator", clock: "MovableClock"
) -> None:
    text = shown(maya.page("/admin/keys"))
    assert all(
        f"{key_of(portal, name, state).kid} " in text for name in ALGORITHMS for state in ("active", "next")
    )
    assert "every 90 days" in text
    due = clock.advance(days=90)
    assert f"{due.day} {due:%b %Y}" in text


@pytest.mark.settings(key_rotation_days=0)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_nothing_rotates_by_itself_the_page_says_so(maya: "Operator") -> None:
    text = shown(maya.page("/admin/keys"))
    assert "No key changes by itself" in text
    assert "Signs until somebody rotates" in text


def test_the_next_key_signs_once_somebody_has_confirmed_it(portal: "Portal", maya: "Operator") -> None:
    following = key_of(portal, state="next").kid
    assert "published less than a day ago" in shown(maya.page("/admin/keys/rotate/ES256"))
    done = maya.send("/admin/keys/rotate/ES256")
    assert (done.status_code, done.headers["Location"]) == (303, "/admin/keys")
    assert key_of(portal).kid == following
    assert "published less than a day ago" in shown(maya.page("/admin/keys")), (
        "it did, and said what that means"
    )
    (entry,) = entries_of(portal, "keys.rotated")
    assert (entry.after_state or {})["active"] == following


def test_a_key_that_leaked_is_revoked_and_the_page_said_what_ends(
    portal: "Portal", maya: "Operator", devon: "Operator", client: "FlaskClient"
) -> None:
    path = register(maya, audience="everyone", redirect_uris="https://kestrel.example/callback")
    app = relying(portal, maya, path)
    tokens = tokens_for(devon.browser, app)
    key, following = key_of(portal), key_of(portal, state="next")
    confirm = f"/admin/keys/{key.id}/revoke"
    told = shown(maya.page(confirm))
    assert "The access tokens of about 1 sign-in fail" in told
    assert "The next key signs from then on" in told
    assert maya.send(confirm, {"reason": ""}).status_code == 422
    assert userinfo(client, tokens["access_token"]).status_code == 200
    assert maya.send(confirm, {"reason": "found in a backup"}).status_code == 303
    assert userinfo(client, tokens["access_token"]).status_code == 401
    assert key_of(portal).kid == following.kid
    fresh = app.refresh(client, tokens["refresh_token"]).get_json()
    assert userinfo(client, fresh["access_token"]).status_code == 200
    (entry,) = entries_of(portal, "keys.revoked")
    assert (entry.reason, entry.before_state) == ("found in a backup", {"state": "active"})
    assert f"revoked the signing key ES256 {key.kid[:12]}" in shown(maya.page("/admin/audit"))
    assert maya.get(confirm).status_code == 409, "once"


def test_a_key_from_elsewhere_signs_next(portal: "Portal", maya: "Operator") -> None:
    displaced = key_of(portal, state="next")
    done = maya.send("/admin/keys/import", {"key": pem(), "state": "next", "algorithm": "", "kid": "moved-1"})
    assert done.status_code == 303
    assert key_of(portal, state="next").kid == "moved-1"
    assert "moved-1" in {key["kid"] for key in json.loads(portal.issuer.keys.jwks)["keys"]}
    assert displaced.kid not in portal.issuer.keys.jwks.decode()
    maya.send("/admin/keys/rotate/ES256")
    token = portal.issuer.keys.sign({"sub": "rosa"}, algorithm="ES256", typ="JWT")
    assert portal.issuer.keys.verify(token, typ="JWT") == {"sub": "rosa"}
    assert len(entries_of(portal, "keys.imported")) == 1


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"key": ""}, "Enter a private key"),
    ({"key": "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----"}, "needs the private half"),
    ({"key": "a" * 16_385}, "at most 16384 characters"),
    ({"algorithm": "EdDSA"}, "can't be used with that algorithm"),
    ({"algorithm": "HS256"}, "Choose one of the given answers"),
    ({"kid": "two words"}, "without spaces"),
    ({"state": "active"}, "Choose one of the given answers"),
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wrong_import_says_why_and_never_repeats_the_key(maya: "Operator") -> None:
    good = {"key": pem(), "state": "next", "algorithm": "", "kid": ""}
    for given, words in WRONG:
        sent = good | given
        answer = maya.send("/admin/keys/import", sent)
        assert answer.status_code == 422, given
        assert words in shown(answer.text)
        assert [line for line in sent["key"].splitlines() if len(line) > 10 and line in answer.text] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_only_reads_sees_the_keys_and_no_way_to_change_them(portal: "Portal", audrey: "Operator") -> None:
    page = audrey.page("/admin/keys")
    assert key_of(portal).kid in page
    assert [word for word in ("Rotate now", "Import a key", "/revoke") if word in page] == []
    for path in ("/admin/keys/rotate/ES256", "/admin/keys/import", f"/admin/keys/{key_of(portal).id}/revoke"):
        assert audrey.get(path).status_code == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_has_no_business_there_sees_nothing(devon: "Operator") -> None:
    assert devon.get("/admin/keys").status_code == 403
