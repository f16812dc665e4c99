"""Mail servers that refuse, demand TLS or a password, as a test wants them to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.processes import free_port

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

Run: TypeAlias = "Callable[..., tuple[Server, int]]"


class Server:
    """Keeps what it is given, unless it is told to answer something else."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.sessions: list[Session] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_MAIL(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" not in self.answers:
            self.envelopes.append(envelope)
            self.sessions.append(session)
        return self.answers.get("DATA", "250 Taken")

    async def handle_QUIT(self, _: SMTP, __: Session, ___: Envelope) -> str:  # noqa: N802
        return self.answers.get("QUIT", "221 Bye")

    def login(self, _: SMTP, __: Session, ___: Envelope, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"us@er", b"p:a/ss")
        return AuthResult(success=right and mechanism in {"LOGIN", "PLAIN"}, handled=False)


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts servers: `run(tls=..., implicit=True)` gives one and its port."""
    controllers: list[Controller] = []

    def start(
        *, tls: ssl.SSLContext | None = None, implicit: bool = False, login: bool = False
    ) -> tuple[Server, int]:
        server, port = Server(), free_port()
        options: dict[str, Any] = {"enable_SMTPUTF8": True, "ready_timeout": 10}
        if tls is not None:
            options |= {"ssl_context": tls} if implicit else {"tls_context": tls, "require_starttls": True}
        if login:
            options |= {
                "authenticator": server.login,
                "auth_required": True,
                "auth_require_tls": not implicit,
            }
        controller = Controller(server, hostname="127.0.0.1", port=port, **options)
        controller.start()
        controllers.append(controller)
        return server, port

    yield start
    for controller in controllers:
        controller.stop()
