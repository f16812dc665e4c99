"""Letters: what is written into the outbox, and what stays under the seal."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from markupsafe import escape

from portal.infra.crypto.sealing import Sealer
from portal.infra.letters import TEMPLATES, Letters

WHEN = {"when": datetime(2026, 11, 23, 10, 31, tzinfo=UTC), "ip": "192.0.2.7", "browser": "Firefox on Linux"}
MAILS: dict[str, dict[str, Any]] = {
    "verify_email": {"code": "482193", "link": "https://id.example.org/verify/x", "expires_minutes": 60},
    "already_registered": {
        "sign_in_link": "https://id.example.org/login",
        "recover_link": "https://id.example.org/recover",
    },
    "recover_password": {"link": "https://id.example.org/recover/x", "expires_minutes": 30} | WHEN,
    "password_changed": {"recover_link": "https://id.example.org/recover"} | WHEN,
    "new_device": {"sessions_link": "https://id.example.org/account/sessions"} | WHEN,
    "invitation": {
        "link": "https://id.example.org/setup-password/x",
        "recover_link": "https://id.example.org/recover",
        "expires_days": 7,
        "username": "maya.okafor",
        "by": "Olga Berg",
    },
    "change_address": {
        "username": "maya.okafor",
        "link": "https://id.example.org/verify/address/x",
        "expires_minutes": 60,
    },
    "confirm_address": {
        "username": "maya.okafor",
        "link": "https://id.example.org/verify/address/x",
        "expires_minutes": 60,
    },
    "address_in_use": {"sign_in_link": "https://id.example.org/login"},
    "address_changed": {
        "new_address": "maya@okafor.example",
        "security_link": "https://id.example.org/account/security",
    }
    | WHEN,
    "access_asked": {
        "who": "Maya Okafor", "address": "maya@example.org", "kind": "role", "thing": "clerk", "reason": "A project",
        "until": WHEN["when"], "link": "https://id.example.org/admin/requests/x",
    },
    "access_answer": {
        "kind": "role", "thing": "clerk", "is_approved": True, "until": None, "note": "Until the end of the project",
        "link": "https://id.example.org/account/requests",
    },
    "access_review": {
        "kind": "group", "thing": "Field staff", "is_due": False, "due": WHEN["when"], "open_count": 3, "count": 9,
        "link": "https://id.example.org/admin/reviews/x",
    },
    "personal_token_made": {
        "name": "Nightly report", "allowed": ["See people"], "expires_at": WHEN["when"],
        "tokens_link": "https://id.example.org/account/tokens",
    }
    | WHEN,
    "audit_checkpoint": {"line": '{"position":7}', "position": 7, "at": WHEN["when"]},
    "history_broken": {
        "finding": "position 17: was changed after it was sealed", "at": WHEN["when"],
        "link": "https://id.example.org/admin/audit",
    },
}  # fmt: skip


@pytest.fixture
def letters() -> Letters:
    return Letters(Sealer.of(b"k" * 32), portal_name="Meridian", base_url="https://id.example.org")


def test_every_mail_is_among_these() -> None:
    templates = {path.stem for path in TEMPLATES.glob("email/*.txt")}
    assert templates - {"layout"} == MAILS.keys()


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_has_a_subject_and_two_twins_that_say_the_same(letters: Letters, name: str) -> None:
    mail = letters.write(name, to="maya@example.org", context=MAILS[name])
    assert mail.subject
    assert "Meridian" in mail.text
    assert "Subject:" not in mail.text
    assert mail.text.endswith("\n")
    for value in (value for value in MAILS[name].values() if isinstance(value, str)):
        assert value in mail.text
        assert str(escape(value)) in mail.html
    assert mail.html.startswith("<!doctype html>")
    assert mail.message_id.endswith("@id.example.org>")


def test_the_code_of_a_sign_up_is_in_the_subject(letters: Letters) -> None:
    mail = letters.write("verify_email", to="maya@example.org", context=MAILS["verify_email"])
    assert mail.subject == "482 193 is your Meridian code"


def test_a_hostile_user_agent_is_inert_in_both_twins(letters: Letters) -> None:
    context = MAILS["new_device"] | {"browser": "<img src=x onerror=alert(1)>\nBcc: all@example.org"}
    mail = letters.write("new_device", to="maya@example.org", context=context)
    assert "<img" not in mail.html
    assert "Bcc" not in str(
        {key: value for key, value in asdict(mail).items() if key not in {"text", "html"}}
    )
