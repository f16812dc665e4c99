"""Mail by SMTP, over verified TLS, with errors that say whether trying again makes sense."""

import smtplib
import ssl
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from portal.infra.clock import Clock, SystemClock
from portal.infra.mail import (
    Mailer,
    MailError,
    Message,
    PermanentMailError,
    TerminalMailer,
    TransientMailError,
    checked_address,
    compose,
    one_line,
    split_sender,
)
from portal.infra.settings import Settings, SettingsError

TIMEOUT_SECONDS: Final = 10.0
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class MailSettingError(ValueError):
    """Server or sender can't be used as they are set; the text is one line that says what to write instead."""


class SmtpMailer:
    """Sends by `smtps://`, `smtp+starttls://` or, on loopback, plain `smtp://`; certificates are always verified.

    Args:
        url: `scheme://user:password@host:port`, user and password percent-encoded.
        sender: `Name <address>` or an address, for the From header.
        envelope_sender: where bounces go; the sender's address by default.
        allow_plain: let plain `smtp://` leave this machine.
        tls: whom to trust, if not the certificate authorities of the system.
        timeout_seconds: how long the server may keep silent, at each step.
    """

    is_final = True

    def __init__(
        self,
        url: str,
        *,
        sender: str,
        envelope_sender: str | None = None,
        allow_plain: bool = False,
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        parts = _server(url)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        if self._scheme == "smtp" and self._host not in LOOPBACK and not allow_plain:
            raise MailSettingError("plain smtp:// is for this machine only; use smtps:// or smtp+starttls://")
        self._port = parts.port or _PORTS[self._scheme]
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        try:
            self._envelope_sender = checked_address(envelope_sender or split_sender(sender)[1])
        except PermanentMailError:
            raise MailSettingError("the sender is no address; write Name <address>") from None
        self._sender = sender
        self._tls = tls
        self._clock = clock or SystemClock()
        self._timeout_seconds = timeout_seconds

    def __repr__(self) -> str:
        return f"SmtpMailer({self._scheme}://{self._host}:{self._port})"

    def send(self, message: Message) -> None:
        """Send it, once.

        Raises:
            TransientMailError, PermanentMailError: as `Mailer` says.
        """
        mail = compose(message, sender=self._sender, clock=self._clock)
        to = checked_address(message.to)
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as problem:
            raise _unreached(problem) from None
        try:
            server.send_message(mail, from_addr=self._envelope_sender, to_addrs=[to])
        except (smtplib.SMTPException, OSError, UnicodeError) as problem:
            raise _unsent(problem) from None
        finally:
            # The mail is taken or refused by now: a bad farewell changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        tls = self._tls = self._tls or ssl.create_default_context()
        if self._scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout_seconds, context=tls
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_seconds)
        try:
            if self._scheme == "smtp+starttls":
                server.starttls(context=tls)
            if self._login is not None:
                server.login(*self._login)
        except BaseException:
            server.close()
            raise
        return server


def _server(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in _PORTS and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # a port that is no number
    raise MailSettingError(
        "write smtps://user:password@host:465, smtp+starttls://host:587 or smtp://localhost:25"
    )


def _unsent(problem: Exception) -> MailError:
    """Permanent is only what the recipient or the mail itself causes; the rest someone can mend in time."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(problem.recipients.values()))
        return _refused(code, reply)
    if isinstance(problem, smtplib.SMTPNotSupportedError | UnicodeError):
        return PermanentMailError("The mail server does not take this address or text.")
    if isinstance(problem, smtplib.SMTPDataError):
        return _refused(problem.smtp_code, problem.smtp_error)
    return _unreached(problem)


def _unreached(problem: Exception) -> TransientMailError:
    if isinstance(problem, smtplib.SMTPResponseException):
        reply = _reply(problem.smtp_error)
        return TransientMailError(f"The mail server answered {problem.smtp_code}: {reply}")
    if isinstance(problem, ssl.SSLCertVerificationError):
        return TransientMailError(f"The mail server's certificate is not trusted: {problem.verify_message}")
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        return TransientMailError("The mail server offers no STARTTLS or no sign-in; check its address.")
    return TransientMailError(f"The mail server can't be reached ({type(problem).__name__}).")


def _refused(code: int, reply: bytes | str) -> MailError:
    kind = PermanentMailError if 500 <= code < 600 else TransientMailError
    return kind(f"The mail server refused the mail, {code}: {_reply(reply)}")


def _reply(reply: bytes | str) -> str:
    return one_line(reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply)[:160]


def mailer_of(settings: Settings) -> Mailer:
    """How mail leaves this portal: by the server of the settings, or by the terminal where there is none.

    Raises:
        SettingsError: the server or the sender can't be used.
    """
    try:
        checked_address(split_sender(settings.mail_from)[1])
    except PermanentMailError:
        raise SettingsError("PORTAL_MAIL_FROM: give an address, or a name with it: Name <address>") from None
    if not settings.smtp_url:
        return TerminalMailer()
    try:
        return SmtpMailer(settings.smtp_url, sender=settings.mail_from)
    except MailSettingError as problem:
        raise SettingsError(f"PORTAL_SMTP_URL: {problem}") from None
