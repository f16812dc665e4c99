"""Pairwise subjects (OpenID Connect Core 8.1): one name for each sector, the same wherever the client meets it."""

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.clients.rules.switches import Switches
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import LEFT, App, authorize, payload_of, returned, tokens_for, userinfo

PAIRWISE = Switches(subject_type="pairwise").document()


@pytest.fixture
def pairwise_app(register_app: RegisterApp) -> App:
    return register_app("web", switches=PAIRWISE, require_consent=False)


def test_every_answer_names_the_person_alike_and_by_no_name_of_the_portal(
    visitor: FlaskClient, program: FlaskClient, pairwise_app: App, maya: User
) -> None:
    tokens = tokens_for(visitor, pairwise_app)
    again = pairwise_app.refresh(program, tokens["refresh_token"]).get_json()
    subject = payload_of(tokens["id_token"])["sub"]
    seen = {
        subject,
        payload_of(tokens["access_token"])["sub"],
        payload_of(again["id_token"])["sub"],
        userinfo(program, tokens["access_token"]).get_json()["sub"],
    }
    for token in (again["access_token"], again["refresh_token"]):
        seen.add(pairwise_app.post(program, "/oauth2/introspect", token=token).get_json()["sub"])
    assert seen == {subject}
    assert len(subject) == 43
    assert maya.id.hex not in str(tokens).replace("-", "")


def test_sectors_cannot_compare_and_one_sector_shares(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    def subject(uri: str, **switches: object) -> str:
        app = register_app(
            "web", redirect_uris=(uri,), switches=PAIRWISE | switches, require_consent=False, name=uri
        )
        return str(payload_of(tokens_for(visitor, app, scope="openid")["id_token"])["sub"])

    one, neighbour = subject("https://one.example/a"), subject("https://one.example/b")
    other = subject("https://two.example/a")
    joined = subject("https://three.example/a", sector_identifier_uri="https://one.example/sector.json")
    assert one == neighbour == joined
    assert other != one


def test_an_id_token_hint_with_a_pairwise_subject_knows_its_person(
    visitor: FlaskClient, pairwise_app: App
) -> None:
    hint = tokens_for(visitor, pairwise_app, scope="openid")["id_token"]
    silent = pairwise_app.request(prompt="none", scope="openid", id_token_hint=hint)
    assert "code" in returned(authorize(visitor, silent))
    leaving = {"id_token_hint": hint, "post_logout_redirect_uri": LEFT, "state": "s"}
    left = visitor.get("/oauth2/logout", query_string=leaving)
    assert (left.status_code, left.headers["Location"]) == (303, f"{LEFT}?state=s")
    assert returned(authorize(visitor, silent))["error"] == "login_required"


def test_a_pairwise_subject_of_somebody_else_is_somebody_else(
    visitor: FlaskClient, register_app: RegisterApp, pairwise_app: App, maya: User
) -> None:
    """The public name of the person who is signed in says nothing to a client that knows another."""
    silent = pairwise_app.request(
        prompt="none", scope="openid", claims=f'{{"id_token":{{"sub":{{"value":"{maya.id}"}}}}}}'
    )
    assert returned(authorize(visitor, silent))["error"] == "login_required"
