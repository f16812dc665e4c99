"""Mail out of the house: what a mail is and how it is written, and the terminal for a portal without a mail server."""

import re
import sys
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, Protocol, TextIO

import idna

from portal.infra.clock import Clock

# Dotted words around one @, without quotes or brackets: less than RFC 5322 allows, and never two addresses.
_WORDS: Final = r"[^\s@<>()\[\],;:\\\".]+(?:\.[^\s@<>()\[\],;:\\\".]+)*"
_ADDRESS: Final = re.compile(f"{_WORDS}@{_WORDS}")
_ADDRESS_LENGTH: Final = 254
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9.+_-]{1,120}@[A-Za-z0-9.:\[\]-]{1,253}>")

_STEERING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, kw_only=True)
class Message:
    """A mail as it will be sent; `message_id` (`<unique@host>`) stays the same when it has to be sent again."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str


class MailError(Exception):
    """A mail was not sent; the text says why, to operators."""


class TransientMailError(MailError):
    """Worth another try later: the server is away or busy, or an operator can put it right."""


class PermanentMailError(MailError):
    """This mail to this address will never be taken."""


class Mailer(Protocol):
    """Sends one mail, or says by its error whether trying again makes sense."""

    @property
    def is_final(self) -> bool:
        """Whether somebody else has the mail once it is sent, so that our copy of it can go."""
        ...

    def send(self, message: Message) -> None: ...


class TerminalMailer:
    """Prints mails where the operator looks, so that a portal without a mail server can be tried at once."""

    is_final = False
    """The outbox is the only inbox there is."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, message: Message) -> None:
        lines = [
            f"To:      {message.to}",
            f"Subject: {message.subject}",
            "",
            *message.text.strip().splitlines(),
        ]
        body = "\n".join(f"│ {_printable(line)}".rstrip() for line in lines)
        stream = self._stream or sys.stderr
        # One write, so that two mails never mingle; no frame on the right, so that links can be copied whole.
        stream.write(f"\n┌── mail {'─' * 60}\n{body}\n└{'─' * 68}\n")
        stream.flush()


def compose(message: Message, *, sender: str, clock: Clock) -> EmailMessage:
    """The mail with its headers. Nothing in a value can become a header: controls are blanks, addresses are checked.

    Raises:
        PermanentMailError: the recipient is no address, or the message id is none.
    """
    if not _MESSAGE_ID.fullmatch(message.message_id):
        raise PermanentMailError("The message id is malformed.")
    name, address = split_sender(sender)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _mailbox(one_line(name), address)
    mail["To"] = _mailbox("", message.to)
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply, please
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def split_sender(sender: str) -> tuple[str, str]:
    """Name and address of `Name <address>`; the name is what an operator wrote, commas and quotes included."""
    name, bracket, address = one_line(sender).removesuffix(">").rpartition("<")
    name = name.strip()
    if name.startswith('"') and name.endswith('"'):
        name = name[1:-1]
    return (name, address) if bracket else ("", address)


def _mailbox(name: str, address: str) -> Address:
    username, _, domain = checked_address(address).partition("@")
    return Address(name, username, domain)


def checked_address(text: str) -> str:
    """One address as the mail server needs it, its domain in ASCII."""
    if len(text) > _ADDRESS_LENGTH or not text.isprintable() or not _ADDRESS.fullmatch(text):
        raise PermanentMailError("The address is malformed.")
    local, _, domain = text.partition("@")
    try:
        return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except UnicodeError:
        raise PermanentMailError("The address is malformed.") from None


def one_line(text: str) -> str:
    """A text that stays within its line."""
    return " ".join(_printable(text).split())


def _printable(text: str) -> str:
    """A text without anything that steers a header or a terminal, or that turns its reading direction."""
    return "".join(
        " " if sign in _TURNING or unicodedata.category(sign) in _STEERING else sign for sign in text
    )
