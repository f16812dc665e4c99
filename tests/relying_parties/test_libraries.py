"""Libraries that others have written sign people in through a running portal, and check every word of it."""

from tests.relying_parties.running import RelyingParty
from tests.relying_parties.visiting import Visitor


def test_a_person_signs_in_refreshes_and_signs_out(visitor: Visitor, relying_party: RelyingParty) -> None:
    app = relying_party
    done = visitor.journey(app)
    assert done.status_code == 200, app.log.read_text()
    state = done.json()
    assert state["error"] is None
    assert state["signed_in"] is True, "the library has verified the ID token"
    assert state["claims"]["sub"] == app.subject
    assert state["claims"]["groups"] == [app.group], "in the ID token"
    claims = visitor.open(f"{app.url}/userinfo").json()
    assert (claims["sub"], claims["name"], claims["email"]) == (app.subject, "Maya Okafor", app.email)
    assert claims["groups"] == [app.group]
    for _ in range(2):
        fresh = visitor.open(f"{app.url}/refresh").json()
        assert fresh == {"scope": "openid profile email offline_access groups", "is_new": True}
    assert visitor.open(f"{app.url}/userinfo").json()["sub"] == app.subject
    left = visitor.open(f"{app.url}/logout")
    assert str(left.url).startswith(f"{app.url}/left"), "the portal led back"
    assert left.json() == {"left": True}
    asked_again = visitor.open(f"{app.url}/login")
    assert str(asked_again.url).startswith(f"{app.portal_url}/login"), "signed out at both sides"


def test_a_second_visit_asks_for_nothing(visitor: Visitor, relying_party: RelyingParty) -> None:
    app = relying_party
    assert visitor.journey(app).json()["signed_in"] is True
    silent = visitor.open(f"{app.url}/login?prompt=none")
    assert silent.json()["signed_in"] is True
    assert str(silent.url) == f"{app.url}/"


def test_a_no_reaches_the_app(visitor: Visitor, relying_party: RelyingParty) -> None:
    app = relying_party
    consent = visitor.sign_in(visitor.open(f"{app.url}/login"), app.email)
    told = visitor.press(consent, "decision=deny").json()
    assert (told["signed_in"], told["error"]) == (False, "access_denied")


def test_a_stranger_in_silence_is_told_to_sign_in(visitor: Visitor, relying_party: RelyingParty) -> None:
    told = visitor.open(f"{relying_party.url}/login?prompt=none").json()
    assert told["error"] == "login_required"
