"""What people send about themselves."""

from datetime import date

import pytest
from pydantic import ValidationError

from portal.accounts.rules import PasswordPolicy
from portal.accounts.schemas import POLICY, EmailCode, Profile, SignIn, SignUp, ThemeChoice

GOOD = {"name": "Maya Okafor", "email": "maya@example.org", "password": "three herons over the quiet weir"}


def _problems(error: ValidationError) -> dict[str, str]:
    found = error.errors(include_url=False)
    return {str(one["loc"][0]): str(one.get("ctx", {}).get("error", one["type"])) for one in found}


def test_a_sign_up_is_folded_once_and_keeps_its_password_out_of_sight() -> None:
    wish = SignUp(name="  Maya   Okafor ", email=" Maya@EXAMPLE.org", password=GOOD["password"])
    assert (wish.name, wish.email) == ("Maya   Okafor", "Maya@example.org")
    assert GOOD["password"] not in repr(wish)
    assert "weir" not in str(SignIn(identifier="maya", password=GOOD["password"]))


def test_every_problem_of_a_form_is_told_at_once_and_none_quotes_the_password() -> None:
    with pytest.raises(ValidationError) as refused:
        SignUp(name="", email="maya@meridian", password="sailboat")
    problems = _problems(refused.value)
    assert problems["email"] == "Enter an email address like name@example.com"
    assert problems["password"] == "Use a password of at least 15 characters"
    assert set(problems) == {"name", "email", "password"}
    assert "sailboat" not in str(refused.value)


def test_the_rule_for_passwords_is_the_portals_and_knows_the_person() -> None:
    policy = PasswordPolicy(minimum=8).knowing("Meridian")
    shorter = SignUp.model_validate({**GOOD, "password": "nine-wet-owls"}, context={POLICY: policy})
    assert shorter.password == "nine-wet-owls"
    with pytest.raises(ValidationError, match="name of this site"):
        SignUp.model_validate({**GOOD, "password": "okafor-meridian-1"}, context={POLICY: policy})


@pytest.mark.parametrize(
    "name", ["Maya\nBcc: all@example.org", "Maya\r\nOkafor", "Maya\x00", "\u202eayaM", "Maya\u2028Okafor"]
)
def test_a_name_is_one_line_that_runs_one_way(name: str) -> None:
    with pytest.raises(ValidationError, match="line breaks"):
        SignUp.model_validate({**GOOD, "name": name})


def test_nothing_unasked_for_gets_in() -> None:
    with pytest.raises(ValidationError):
        SignUp.model_validate({**GOOD, "email_verified": True})
    with pytest.raises(ValidationError):
        Profile.model_validate({"name": "Maya", "username": "maya", "is_active": False})


@pytest.mark.parametrize("text", ["482193", "482 193", "482-193", " 482193 "])
def test_a_code_may_be_grouped_as_the_mail_groups_it(text: str) -> None:
    assert EmailCode(code=text).code == "482193"


@pytest.mark.parametrize("field", ["profile", "picture", "website"])
@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://", "https://a:b@evil.example/"],
)
def test_addresses_of_pages_are_web_addresses(field: str, address: str) -> None:
    with pytest.raises(ValidationError, match="web address"):
        Profile.model_validate({"name": "Maya", "username": "maya", field: address})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zoneinfo", "Mars/Olympus"),
        ("zoneinfo", "../../etc/passwd"),
        ("phone_number", "020 794 0800"),
        ("phone_number", "+31 CALL ME"),
        ("phone_number", "+0123456789"),
        ("phone_number", "+1234567890123456"),
        ("street_address", "Damrak 1\nSubject: hello"),
        ("locale", "english please"),
        ("username", "a b"),
    ],
)
def test_claims_hold_what_their_standard_says(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate({"name": "Maya", "username": "maya", field: value})


def test_a_date_of_birth_is_in_the_past() -> None:
    today = date(2026, 11, 23)
    good = {"name": "Maya", "username": "maya", "birthdate": "1984-02-29"}
    assert Profile.model_validate(good, context={"today": today}).birthdate == date(1984, 2, 29)
    for wrong in ("2026-11-24", "0001-01-01"):
        with pytest.raises(ValidationError, match="in the past"):
            Profile.model_validate({**good, "birthdate": wrong}, context={"today": today})


def test_there_are_three_themes() -> None:
    assert ThemeChoice(theme="dark").theme == "dark"
    with pytest.raises(ValidationError):
        ThemeChoice.model_validate({"theme": "url(javascript:alert(1))"})
