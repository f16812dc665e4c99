"""A mail server with real sockets that keeps what it is given."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.processes import free_port, wait_until


class PostOffice:
    """Takes mail at `url`; `wait_for` gives what came for somebody."""

    def __init__(self) -> None:
        self.port = free_port()
        self._taken: list[tuple[str, EmailMessage]] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[EmailMessage]:
        """Everything so far, oldest first."""
        return [message for _, message in list(self._taken)]

    def to(self, address: str) -> list[EmailMessage]:
        """Everything for this address so far, oldest first."""
        return [message for recipient, message in list(self._taken) if recipient == address]

    def wait_for(self, address: str, *, count: int = 1, seconds: float = 10.0) -> EmailMessage:
        """The newest message for this address, once at least so many have come."""
        wait_until(
            lambda: len(self.to(address)) >= count, what=f"{count} mail for {address}", seconds=seconds
        )
        return self.to(address)[-1]

    def forget(self) -> None:
        """An empty house for the next test."""
        self._taken.clear()

    # The name is the one that aiosmtpd calls.
    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = (
            envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        )
        message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        self._taken.extend((recipient, message) for recipient in envelope.rcpt_tos)
        return "250 Taken"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
