"""Only S256 with the right verifier passes; the providers that let more through stand in SECURITY.md C-2."""

from itertools import product

from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.grants.repository.codes import Codes
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import VERIFIER, App, authorize, challenge_of, returned, sign_in_to

CHALLENGES: dict[str, dict[str, str | None]] = {
    "none": {"code_challenge": None, "code_challenge_method": None},
    "plain": {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
    "no method": {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": None},
    "lower case": {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "s256"},
    "only a method": {"code_challenge": None, "code_challenge_method": "S256"},
    "short": {"code_challenge": "x" * 42, "code_challenge_method": "S256"},
    "padded": {"code_challenge": challenge_of(VERIFIER) + "=", "code_challenge_method": "S256"},
    "S256": {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"},
}
VERIFIERS: dict[str, str | None] = {
    "none": None,
    "empty": "",
    "wrong": "w" * 43,
    "the challenge itself": challenge_of(VERIFIER),
    "cut": VERIFIER[:-1],
    "right": VERIFIER,
}


def test_only_s256_with_the_right_verifier_passes(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    apps = {"public": register_app("spa"), "confidential": register_app("web")}
    passed = {
        (kind, challenge, verifier)
        for (kind, app), challenge, verifier in product(apps.items(), CHALLENGES, VERIFIERS)
        if _passes(visitor, program, app, challenge=CHALLENGES[challenge], verifier=VERIFIERS[verifier])
    }
    assert passed == {("public", "S256", "right"), ("confidential", "S256", "right")}


def _passes(
    visitor: FlaskClient,
    program: FlaskClient,
    app: App,
    *,
    challenge: dict[str, str | None],
    verifier: str | None,
) -> bool:
    answer = authorize(visitor, app.request(prompt="none", **challenge))
    back = returned(answer)
    if back.get("error") == "consent_required":
        back = sign_in_to(visitor, app, **challenge)
    if "code" not in back:
        return False
    return app.redeem(program, back["code"], code_verifier=verifier).status_code == 200


def test_a_wrong_verifier_leaves_the_code_unused(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    refused = web_app.redeem(program, code, code_verifier="w" * 43)
    assert refused.status_code == 400
    assert refused.get_json()["error"] == "invalid_grant"
    assert web_app.redeem(program, code).status_code == 200


def test_a_client_that_was_let_off_may_leave_pkce_out_but_not_take_it_back(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", require_pkce=False)
    without: dict[str, str | None] = CHALLENGES["none"]
    code = sign_in_to(visitor, app, **without)["code"]
    assert app.redeem(program, code).status_code == 400, (
        "a verifier without a challenge means somebody took it out"
    )
    assert app.redeem(program, code, code_verifier=None).status_code == 200
    code = sign_in_to(visitor, app)["code"]
    assert app.redeem(program, code, code_verifier=None).status_code == 400, (
        "a challenge was sent, so it counts"
    )


def test_a_public_client_is_never_let_off(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("spa", require_pkce=False)
    back = returned(authorize(visitor, app.request(**CHALLENGES["none"])))
    assert back["error"] == "invalid_request"


def test_the_challenge_stays_with_the_code(portal: Portal, visitor: FlaskClient, web_app: App) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    with portal.reading() as session:
        stored = Codes(session).find(code, at=portal.ports.clock.now())
    assert stored is not None
    assert stored.row.code_challenge == challenge_of(VERIFIER)
