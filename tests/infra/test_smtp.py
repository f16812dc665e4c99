"""Sending by SMTP, against real mail servers: plain, STARTTLS, TLS, and ones that refuse, stall or lie."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from portal.infra.mail import Message, PermanentMailError, TransientMailError
from portal.infra.smtp import MailSettingError, SmtpMailer
from tests.infra.certificates import Authority
from tests.infra.mail_servers import Run, run
from tests.support.processes import free_port

__all__ = ["run"]

# The server cannot know that implicit TLS is TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

SENDER = "Portal <no-reply@id.example.org>"
LETTER = Message(
    to="ada@example.org",
    subject="Confirm your address",
    text=".\nHello\n.\n",
    html="<p>Hello</p>",
    message_id="<1@id.example.org>",
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_plain_mail_arrives_as_it_was_written(run: Run) -> None:
    server, port = run()
    SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(LETTER)
    (envelope,) = server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@id.example.org", ["ada@example.org"])
    content = envelope.content if isinstance(envelope.content, bytes) else b""
    assert content.count(b"Message-ID: <1@id.example.org>\r\n") == 1
    assert b"\r\n.\r\nHello\r\n.\r\n" in content


def test_bounces_go_where_the_operator_wants_them(run: Run) -> None:
    server, port = run()
    mailer = SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER, envelope_sender="bounces@example.org")
    mailer.send(LETTER)
    assert server.envelopes[0].mail_from == "bounces@example.org"
    assert b"From: Portal <no-reply@id.example.org>" in bytes(server.envelopes[0].original_content or b"")


def test_an_address_in_another_script_arrives(run: Run) -> None:
    server, port = run()
    letter = Message(**{**vars(LETTER), "to": "zoë@bücher.example"})
    SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(letter)
    assert server.envelopes[0].rcpt_tos == ["zoë@xn--bcher-kva.example"]


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_a_mail_by_tls_arrives_and_signs_in_with_percent_encoded_words(
    run: Run, authority: Authority, scheme: str, *, implicit: bool
) -> None:
    server, port = run(tls=authority.server("localhost"), implicit=implicit, login=True)
    url = f"{scheme}://us%40er:p%3Aa%2Fss@localhost:{port}"
    SmtpMailer(url, sender=SENDER, tls=authority.trust()).send(LETTER)
    assert len(server.envelopes) == 1
    assert server.sessions[0].authenticated


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
@pytest.mark.parametrize("flaw", ["name", "authority"])
def test_a_certificate_for_another_name_or_from_a_stranger_gets_no_mail(
    run: Run, authority: Authority, scheme: str, flaw: str, *, implicit: bool
) -> None:
    names = ["mail.example.org"] if flaw == "name" else ["localhost"]
    server, port = run(tls=authority.server(*names), implicit=implicit)
    trust = authority.trust() if flaw == "name" else None
    with pytest.raises(TransientMailError, match="certificate is not trusted"):
        SmtpMailer(f"{scheme}://localhost:{port}", sender=SENDER, tls=trust).send(LETTER)
    assert server.envelopes == []


def test_a_server_that_offers_no_starttls_gets_no_mail_and_no_password(run: Run) -> None:
    server, port = run()
    with pytest.raises(TransientMailError, match="offers no STARTTLS"):
        SmtpMailer(f"smtp+starttls://us:pass@localhost:{port}", sender=SENDER).send(LETTER)
    assert server.envelopes == []


def test_a_wrong_password_can_be_put_right_and_so_is_tried_again(run: Run, authority: Authority) -> None:
    server, port = run(tls=authority.server("localhost"), implicit=True, login=True)
    mailer = SmtpMailer(f"smtps://us:secret-word@localhost:{port}", sender=SENDER, tls=authority.trust())
    with pytest.raises(TransientMailError, match="535") as failure:
        mailer.send(LETTER)
    assert "secret-word" not in str(failure.value) + repr(mailer)
    assert server.envelopes == []


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "550 5.1.1 no such user", PermanentMailError),
        ("RCPT", "450 4.2.1 mailbox busy", TransientMailError),
        ("RCPT", "421 4.3.2 going down", TransientMailError),
        ("DATA", "554 5.7.1 looks like spam", PermanentMailError),
        ("DATA", "452 4.3.1 disk full", TransientMailError),
        ("MAIL", "550 5.7.1 sender not allowed", TransientMailError),
        ("MAIL", "451 4.3.0 later", TransientMailError),
    ],
)
def test_a_refusal_is_for_good_only_if_it_is_about_this_recipient_or_mail(
    run: Run, command: str, answer: str, error: type[Exception]
) -> None:
    server, port = run()
    server.answers[command] = answer
    with pytest.raises(error) as failure:
        SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(LETTER)
    assert type(failure.value) is error
    assert answer[:3] in str(failure.value)
    assert server.envelopes == []


def test_a_bad_farewell_after_the_mail_was_taken_sends_it_no_second_time(run: Run) -> None:
    server, port = run()
    server.answers["QUIT"] = "500 who are you"
    SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(LETTER)
    assert len(server.envelopes) == 1


def test_nobody_there_is_worth_another_try() -> None:
    with pytest.raises(TransientMailError, match="ConnectionRefusedError"):
        SmtpMailer(f"smtp://127.0.0.1:{free_port()}", sender=SENDER).send(LETTER)
    with pytest.raises(TransientMailError, match="gaierror"):
        SmtpMailer("smtps://mail.invalid", sender=SENDER).send(LETTER)


def test_a_server_that_never_speaks_is_left_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(TransientMailError):
            SmtpMailer(
                f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender=SENDER, timeout_seconds=0.3
            ).send(LETTER)
        assert time.monotonic() - began < 5


def test_a_reply_full_of_controls_and_lines_stays_one_short_line() -> None:
    def speak() -> None:
        connection, _ = hostile.accept()
        with connection:
            connection.sendall(b"554-\x1b[31m" + b"spam " * 300 + b"\r\n554 forged: \x07line\r\n")
            connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as hostile:
        speaker = threading.Thread(target=speak)
        speaker.start()
        with pytest.raises(TransientMailError) as failure:
            SmtpMailer(f"smtp://127.0.0.1:{hostile.getsockname()[1]}", sender=SENDER).send(LETTER)
        speaker.join(timeout=10)
    assert str(failure.value).isprintable()
    assert len(str(failure.value)) < 250


@pytest.mark.parametrize(
    ("url", "sender", "fix"),
    [
        ("smtp://mail.example.org", SENDER, "this machine only"),
        ("http://mail.example.org", SENDER, "write smtps://"),
        ("smtps://", SENDER, "write smtps://"),
        ("smtps://host:port", SENDER, "write smtps://"),
        ("smtps://host:0", SENDER, "write smtps://"),
        ("smtps://host:99999", SENDER, "write smtps://"),
        ("smtps://mail.example.org", "Portal", "write Name <address>"),
        ("smtps://mail.example.org", "Portal <a@b@c>", "write Name <address>"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start_with_the_fix(
    url: str, sender: str, fix: str
) -> None:
    with pytest.raises(MailSettingError, match=fix) as refusal:
        SmtpMailer(url, sender=sender)
    assert "\n" not in str(refusal.value)


def test_plain_mail_may_leave_the_machine_only_if_that_is_said() -> None:
    mailer = SmtpMailer("smtp://user:secret-word@mail.example.org", sender=SENDER, allow_plain=True)
    assert repr(mailer) == "SmtpMailer(smtp://mail.example.org:25)"
