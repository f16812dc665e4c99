"""The token inspector: any token of ours is taken apart, and none is kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.bootstrap import TABLES
from portal.clients.repository import Clients
from portal.grants.models import TokenFamily
from portal.grants.rules.token_forms import bare, form_of
from portal.infra.actor import CLI
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.ids import new_id
from tests.admin.conftest import Operator, entries_of, shown
from tests.admin.test_client_statistics import relying
from tests.admin.test_clients import register, stored
from tests.oauth.proving import proof, proving_app
from tests.oauth.steps import ISSUER, App, payload_of, sign_in_to, tokens_for, userinfo
from tests.support.history import history
from tests.support.signing import OwnKey

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def below(portal: Portal, parent_id: UUID, client_pk: UUID, *, actor_id: UUID | None = None) -> UUID:
    """A family that another app got in exchange for a token of this one; perhaps somebody else acts."""
    with portal.unit_of_work(CLI) as uow:
        parent = uow.session.get_one(TokenFamily, parent_id)
        family = TokenFamily(
            grant_id=parent.grant_id, client_pk=client_pk, user_id=parent.user_id, session_id=parent.session_id,
            security_epoch=parent.security_epoch, scope="openid", auth_time=parent.auth_time, amr=parent.amr,
            acr=parent.acr, code_id=None, parent_id=parent.id, parent_jti="x",
            actor_family_id=actor_id, actor_jti="z" if actor_id else None, created_at=uow.now,
            expires_at=parent.expires_at,
        )  # fmt: skip
        uow.session.add(family)
        return family.id


def with_family(portal: Portal, token: str, family_id: UUID) -> str:
    """The same claims for that family, and who acts, under the portal's own key."""
    claims = payload_of(token) | {"family": str(family_id), "act": {"sub": "heron-stock"}, "jti": "y"}
    return portal.issuer.keys.sign(claims, algorithm="ES256", typ="at+jwt")


@pytest.fixture
def path(maya: Operator) -> str:
    return register(maya, audience="everyone", redirect_uris="https://kestrel.example/callback")


@pytest.fixture
def app_of(portal: Portal, maya: Operator, path: str) -> App:
    return relying(portal, maya, path)


def inspect(operator: Operator, token: str) -> str:
    answer = operator.send("/admin/tokens", {"token": token})
    assert answer.status_code == 200, shown(answer.text)
    return answer.text


def everything(portal: Portal) -> str:
    """Every cell of the database."""
    with portal.engine.connect() as connection:
        return "\n".join(repr(connection.execute(select(table)).all()) for table in TABLES.sorted_tables)


def test_an_access_token_is_read_with_its_lineage(maya: Operator, devon: Operator, app_of: App) -> None:
    tokens = tokens_for(devon.browser, app_of)
    page = shown(inspect(maya, f"Authorization: Bearer {tokens['access_token']}"))
    for words in (
        "Access token", "Valid", "By our key", "ES256, active", "Devon Reyes", "Kestrel CI", "Session on",
        "signed in", "Grant", "Code", "Family of tokens", "Refresh tokens, newest first",
        "Nothing: whoever has it can use it",
    ):  # fmt: skip
        assert words.lower() in page.lower(), words


def test_every_kind_of_token_is_told_by_its_name(maya: Operator, devon: Operator, app_of: App) -> None:
    tokens = tokens_for(devon.browser, app_of)
    identity = shown(inspect(maya, tokens["id_token"]))
    for words in ("ID token", "Valid", "Family of tokens", "Devon Reyes", "Session on", "Kestrel CI"):
        assert words in identity, words
    refresh = shown(inspect(maya, tokens["refresh_token"]))
    assert "Refresh token Valid" in refresh
    code = sign_in_to(devon.browser, app_of)["code"]
    assert "Authorization code Valid" in shown(inspect(maya, code))
    app_of.redeem(devon.browser, code)
    used = shown(inspect(maya, code))
    assert "It has been used." in used
    assert "Family of tokens" in used
    app_of.refresh(devon.browser, tokens["refresh_token"])
    assert "It has been used." in shown(inspect(maya, tokens["refresh_token"]))
    secret = issue(TokenKind.CLIENT_SECRET, new_id()).token
    assert "This is a secret, and no token of an app" in shown(inspect(maya, secret))


def test_an_opaque_token_tells_here_what_it_does_not_tell_others(
    portal: Portal, maya: Operator, devon: Operator, path: str, app_of: App
) -> None:
    with portal.unit_of_work(CLI) as uow:
        client = Clients(uow.session).get_to_change(stored(portal, path).id)
        client.switches = {**client.switches, "access_token_format": "opaque"}
        client.updated_at = uow.now
    portal.clients.forget(client.id)
    token = tokens_for(devon.browser, app_of)["access_token"]
    assert token.startswith("atk_")
    page = shown(inspect(maya, token))
    assert "Valid" in page
    assert client.client_id in page
    assert "Where it comes from" in page


def test_a_token_that_was_exchanged_shows_both_sides_and_ends_with_the_other(
    portal: Portal, maya: Operator, devon: Operator, app_of: App
) -> None:
    tokens, hers = (tokens_for(one.browser, app_of) for one in (devon, maya))
    parent_id, actor_id = (UUID(payload_of(one["access_token"])["family"]) for one in (tokens, hers))
    audit = register(maya, client_name="Heron Stock", redirect_uris="https://heron.example/callback")
    child = below(portal, parent_id, stored(portal, audit).id, actor_id=actor_id)
    page = shown(inspect(maya, tokens["access_token"]))
    assert "Exchanged for tokens of Heron Stock" in page
    token = with_family(portal, tokens["access_token"], child)
    page = shown(inspect(maya, token))
    for words in (
        "Valid",
        "Tokens of Kestrel CI",
        "It came for the tokens of Kestrel CI",
        "Who acts heron-stock",
    ):
        assert words.lower() in page.lower(), words
    assert "Acted for by Maya Okafor" in page
    maya.send(f"/admin/tokens/families/{actor_id}/end", seen_on="/admin/tokens")
    assert "A token that was handed in for it has ended." in shown(inspect(maya, token))


def test_a_token_of_an_app_itself_shows_the_app(
    portal: Portal, maya: Operator, devon: Operator, path: str
) -> None:
    service = register(maya, client_name="Nightly export", kind="service", redirect_uris="", audience="roles")
    app = relying(portal, maya, service)
    answer = app.post(devon.browser, "/oauth2/token", grant_type="client_credentials")
    token = answer.get_json()["access_token"]
    page = shown(inspect(maya, token))
    assert "Whose it is Nightly export" in page
    maya.send(f"{service}/disable", seen_on=service)
    assert "The app is disabled." in shown(inspect(maya, token))


def test_what_a_token_is_bound_to_is_named(
    portal: Portal, maya: Operator, devon: Operator, app_of: App
) -> None:
    key = OwnKey()
    app = proving_app(app_of, key)
    tokens = tokens_for(devon.browser, app)
    thumbprint = payload_of(tokens["access_token"])["cnf"]["jkt"]
    page = shown(inspect(maya, tokens["access_token"]))
    assert f"Bound to a DPoP key, whose thumbprint is {thumbprint}" in page
    assert "proves the key that it is bound to" in page
    page = shown(inspect(maya, proof(key, "/oauth2/userinfo")))
    assert f"Made with a DPoP key, whose thumbprint is {thumbprint}" in page
    assert "An app's own word" in page


def test_what_is_over_says_since_when_and_why(
    portal: Portal, clock: MovableClock, maya: Operator, devon: Operator, path: str, app_of: App
) -> None:
    tokens = tokens_for(devon.browser, app_of)
    app_of.post(devon.browser, "/oauth2/revoke", token=tokens["access_token"])
    assert "It was revoked. Since" in shown(inspect(maya, tokens["access_token"]))
    maya.send(f"{path}/access", {"audience": "roles"})
    assert "may not use the app any more" in shown(inspect(maya, tokens["refresh_token"]))
    maya.send(f"{path}/access", {"audience": "everyone"})
    maya.send(f"{path}/disable", seen_on=path)
    assert "The app is disabled." in shown(inspect(maya, tokens["refresh_token"]))
    maya.send(f"{path}/enable", seen_on=path)
    other = tokens_for(devon.browser, app_of)["id_token"]
    clock.advance(minutes=61)
    again = shown(inspect(maya, other))
    assert "Its time is over. Since" in again


def test_all_of_it_is_ended_from_here(portal: Portal, maya: Operator, devon: Operator, app_of: App) -> None:
    tokens = tokens_for(devon.browser, app_of)
    page = inspect(maya, tokens["access_token"])
    address = re.search(r'action="(/admin/tokens/families/[^"]+/end)"', page)
    assert address is not None
    answer = maya.send(address[1], seen_on="/admin/tokens")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/tokens")
    assert userinfo(devon.browser, tokens["access_token"]).status_code == 401
    assert app_of.refresh(devon.browser, tokens["refresh_token"]).status_code == 400
    (entry,) = entries_of(portal, "tokens.ended")
    assert [subject.resource_type for subject in entry.subjects] == ["client", "user", "grant"]
    again = shown(inspect(maya, tokens["access_token"]))
    assert "was revoked. Since" in again
    assert "Revoke all of it" not in again
    maya.send(address[1], seen_on="/admin/tokens")
    assert len(entries_of(portal, "tokens.ended")) == 1
    assert maya.send(f"/admin/tokens/families/{UUID(int=7)}/end", seen_on="/admin/tokens").status_code == 404


def test_no_token_is_kept_shown_again_or_logged(
    portal: Portal, maya: Operator, devon: Operator, app_of: App, capfd: pytest.CaptureFixture[str]
) -> None:
    tokens = tokens_for(devon.browser, app_of)
    capfd.readouterr()
    for text in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
        page = inspect(maya, text)
        assert text not in page
        assert text.rpartition(".")[2] not in page
        assert text not in everything(portal)
        assert text not in repr(history(portal))
    written = "".join(capfd.readouterr())
    assert not any(text in written for text in tokens.values() if isinstance(text, str) and len(text) > 40)
    entry = entries_of(portal, "tokens.inspected")[0]
    assert entry.details["kind"] == "ID token"
    assert re.fullmatch(r"[0-9a-f]{16}", entry.details["digest"])
    assert maya.get(f"/admin/tokens?token={tokens['access_token']}").status_code == 200
    assert len(entries_of(portal, "tokens.inspected")) == 3


def test_an_auditor_inspects_and_ends_nothing(audrey: Operator, devon: Operator, app_of: App) -> None:
    tokens = tokens_for(devon.browser, app_of)
    page = inspect(audrey, tokens["access_token"])
    assert "Valid" in page
    assert "Revoke all of it" not in page
    assert audrey.send(f"/admin/tokens/families/{new_id()}/end", seen_on="/admin/tokens").status_code == 403
    assert devon.get("/admin/tokens").status_code == 403


def test_breaks_of_mails_and_the_scheme_of_headers_are_taken_off() -> None:
    assert bare("  Bearer  abc.def\r\n .ghi ") == "abc.def.ghi"
    assert bare("Authorization: DPoP x") == "x"
    assert form_of("", issuer=ISSUER).name == "Nothing that the portal knows"
