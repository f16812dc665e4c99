"""How a mail is written: nothing in a value becomes a header, and the terminal shows what it is told."""

import io
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.clock import SystemClock
from portal.infra.mail import (
    Message,
    PermanentMailError,
    TerminalMailer,
    checked_address,
    compose,
)

SENDER = "Portal <no-reply@id.example.org>"
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
}
HOSTILE = st.text(
    st.one_of(
        st.sampled_from('\r\n\0\x0b\x0c\x1b\x1c\x85\u2028\u2029\u202e:<>@,; \t"\\=?'),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=80,
)


def letter(
    *,
    to: str = "ada@example.org",
    subject: str = "Confirm your address",
    text: str = "Hello Ada",
    message_id: str = "<1@id.example.org>",
) -> Message:
    return Message(to=to, subject=subject, text=text, html="<p>Hello Ada</p>", message_id=message_id)


def delivered(message: Message, *, sender: str = SENDER) -> EmailMessage:
    """As the recipient's program reads the bytes on the wire."""
    mail = compose(message, sender=sender, clock=SystemClock())
    return message_from_bytes(mail.as_bytes(), _class=EmailMessage, policy=policy.default)


def test_a_mail_has_both_forms_and_the_headers_that_machines_expect() -> None:
    with time_machine.travel("2030-05-01T12:00:00Z", tick=False):
        mail = delivered(letter(subject="Zoë, bestätige deine Adresse 🔑", text="Grüße\nhttps://x.example/a"))
    assert set(mail.keys()) == HEADERS
    assert mail["From"] == SENDER
    assert mail["To"] == "ada@example.org"
    assert mail["Subject"] == "Zoë, bestätige deine Adresse 🔑"
    assert mail["Date"] == "Wed, 01 May 2030 12:00:00 +0000"
    assert mail["Message-ID"] == "<1@id.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Grüße", "https://x.example/a"]
    assert html.get_content().splitlines() == ["<p>Hello Ada</p>"]


@given(HOSTILE, HOSTILE)
def test_no_subject_and_no_sender_s_name_can_add_a_header(subject: str, name: str) -> None:
    mail = delivered(letter(subject=subject), sender=f'"{name}" <no-reply@id.example.org>')
    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS)
    assert not any(sign in value for value in mail.values() for sign in "\r\n\0")


@pytest.mark.parametrize("name", ["Acme, Inc.", 'The "Portal"', "Größe & Co. (Test)", "a@b", "<script>", "x"])
def test_a_portal_may_have_any_name(name: str) -> None:
    sender = delivered(letter(), sender=f"{name} <no-reply@id.example.org>")["From"].addresses[0]
    assert sender.addr_spec == "no-reply@id.example.org"
    assert sender.display_name == name


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\n\r\n", "\n ", "\x0b", "\x85", "\u2028", "\0"])
def test_a_display_name_cannot_bring_a_second_recipient(end: str) -> None:
    mail = delivered(letter(subject=f"Hello Eve{end}Bcc: everyone@example.org"))
    assert set(mail.keys()) == HEADERS
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Eve Bcc: everyone@example.org"


@given(HOSTILE)
def test_a_recipient_is_one_address_or_refused(to: str) -> None:
    try:
        mail = delivered(letter(to=to))
    except PermanentMailError:
        return
    assert set(mail.keys()) == HEADERS
    assert len(mail["To"].addresses) == 1
    assert to.isprintable()


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@evil.example@example.org",
        "ada@example.org,eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\n",
        "ada @example.org",
        "Ada <ada@example.org>",
        '"ada\\"@example.org',
        "ada..b@example.org",
        ".ada@example.org",
        "ada@example..org",
        "ada@[127.0.0.1]",
        "ada@exam\u202eple.org",
        "a" * 250 + "@example.org",
        "ada@" + "é" * 100 + ".org",
    ],
)
def test_what_is_no_single_plain_address_is_refused_for_good(to: str) -> None:
    with pytest.raises(PermanentMailError):
        checked_address(to)


def test_a_domain_in_another_script_is_written_in_ascii() -> None:
    assert checked_address("ada@bücher.example") == "ada@xn--bcher-kva.example"
    assert checked_address("o'neil+portal@example.org") == "o'neil+portal@example.org"


@pytest.mark.parametrize("message_id", ["", "1@h", "<1@h>\r\nBcc: x@y", "<1 2@h>", "<@h>", "<1@h><2@h>"])
def test_a_malformed_message_id_is_refused(message_id: str) -> None:
    with pytest.raises(PermanentMailError):
        compose(letter(message_id=message_id), sender=SENDER, clock=SystemClock())


def test_the_terminal_shows_a_mail_whose_link_can_be_copied_whole() -> None:
    stream, link = io.StringIO(), "https://id.example.org/verify/" + "x" * 120
    TerminalMailer(stream).send(letter(text=f"Hello Ada,\n\n{link}\n"))
    lines = stream.getvalue().splitlines()
    assert "│ To:      ada@example.org" in lines
    assert "│ Subject: Confirm your address" in lines
    assert f"│ {link}" in lines


@given(HOSTILE, HOSTILE)
def test_a_mail_cannot_steer_the_terminal(subject: str, text: str) -> None:
    stream = io.StringIO()
    TerminalMailer(stream).send(letter(subject=subject, text=text))
    first, *inside, last = stream.getvalue().strip("\n").split("\n")
    assert first.startswith("┌")
    assert last.startswith("└")
    assert all(line.startswith("│") for line in inside)
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for line in inside for sign in line)


def test_without_a_stream_of_its_own_the_terminal_is_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    TerminalMailer().send(letter())
    captured = capsys.readouterr()
    assert "Confirm your address" in captured.err
    assert captured.out == ""
