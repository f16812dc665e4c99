"""Modules of the Basic, Implicit, Hybrid and Form Post plans about sessions: who is asked again, and when."""

from tests.conformance.client import some
from tests.conformance.suite import LONG_STATE_END, Suite
from tests.conformance.variants import in_each_plan, in_every_way

LONG_STATE = some(124) + LONG_STATE_END


@in_each_plan
def test_oidcc_prompt_login(suite: Suite) -> None:
    first = suite.sign_in()
    suite.trial.clock.advance(seconds=2)
    again = suite.sign_in(prompt="login")
    assert "Sign in" in suite.robot.shown[0], "the page of the second sign-in is what the suite files"
    assert again.id_token["auth_time"] > first.id_token["auth_time"]
    assert again.id_token["sub"] == first.id_token["sub"]


@in_every_way
def test_oidcc_prompt_none_not_logged_in(suite: Suite) -> None:
    suite.open_browser()
    answer = suite.authorize(suite.request(prompt="none", state=LONG_STATE))
    assert answer["error"] == "login_required"
    assert answer["state"] == LONG_STATE


@in_every_way
def test_oidcc_prompt_none_logged_in(suite: Suite) -> None:
    first = suite.sign_in()
    again = suite.sign_in(prompt="none")
    assert [page for page in suite.robot.seen if page.posts_itself is None] == [], "no page on the way"
    assert again.id_token["sub"] == first.id_token["sub"]
    assert again.id_token["auth_time"] == first.id_token["auth_time"]


@in_each_plan
def test_oidcc_max_age_1(suite: Suite) -> None:
    first = suite.sign_in()
    suite.trial.clock.advance(seconds=3)
    again = suite.sign_in(max_age="1")
    assert suite.robot.shown, "signed in again"
    assert first.id_token["auth_time"] < again.id_token["auth_time"]
    assert again.id_token["auth_time"] > suite.now - 10


@in_each_plan
def test_oidcc_max_age_10000(suite: Suite) -> None:
    first = suite.sign_in(max_age="15000")
    suite.trial.clock.advance(seconds=1)
    again = suite.sign_in(max_age="10000")
    assert [page for page in suite.robot.seen if page.posts_itself is None] == []
    assert again.id_token["auth_time"] == first.id_token["auth_time"]


@in_each_plan
def test_oidcc_id_token_hint(suite: Suite) -> None:
    first = suite.sign_in()
    suite.trial.clock.advance(hours=2)
    again = suite.sign_in(prompt="none", id_token_hint=first.hint)
    assert again.id_token["sub"] == first.id_token["sub"], "an expired hint is as good as a fresh one"
