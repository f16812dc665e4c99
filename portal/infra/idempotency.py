"""Requests that may be sent twice: the answer to a create is kept under the key that its sender chose, and whoever
repeats the request gets that answer and no second object (the IETF draft on the `Idempotency-Key` header).

The key's row and whatever was made lie in one transaction. A node that dies in between leaves neither, so the repeated
request does it; and nobody ever waits for a row that says "begun" by somebody who is no more.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import orjson
from sqlalchemy import LargeBinary, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.infra.actor import Actor
from portal.infra.crypto.digests import digest_of_once
from portal.infra.crypto.sealing import SealBroken
from portal.infra.db import Base, insert_into
from portal.infra.errors import Conflict, Invalid
from portal.infra.repository import FORGET_AT_ONCE, forget_some
from portal.infra.unit_of_work import UnitOfWork

KEPT: Final = timedelta(hours=24)
MAX_CHARACTERS: Final = 255
MAX_BODY_BYTES: Final = 1_000_000
RETRY_AFTER_SECONDS: Final = 1
_STRING: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_ESCAPED: Final = re.compile(r'\\(["\\])')
_BARE: Final = re.compile(r"[0-9A-Za-z._~:/+=-]+")


class KeptAnswer(Base):
    """An answer under its key. Everything about it lies under the seal: a new client's secret stands in such answers,
    and the digest of a request that had a password in it could be tried through.
    """

    __tablename__ = "idempotency_keys"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Of who asked, for what, and their key: nobody meets somebody else's."""
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class KeyMalformed(Invalid):
    """The header names no key that could be kept."""

    code = "idempotency_key_malformed"

    def __init__(self) -> None:
        super().__init__(
            f"Send one Idempotency-Key of 1 to {MAX_CHARACTERS} letters, digits and signs, for instance a UUID."
        )


class KeyReused(Invalid):
    """The key came before with another request: one of the two was not meant."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was sent before with another request. Use a new key for each thing to be made."
        )


class StillRunning(Conflict):
    """The first request under the key has no answer yet."""

    code = "idempotency_key_in_use"
    retry_after_seconds: Final = RETRY_AFTER_SECONDS

    def __init__(self) -> None:
        super().__init__(
            "The first request under this Idempotency-Key is still running. Ask again in a moment."
        )


class AnswerLost(Conflict):
    """It was done, but what was answered can't be opened any more: the master key is another one."""

    code = "idempotency_answer_lost"

    def __init__(self) -> None:
        super().__init__(
            "This was done before, but its answer isn't readable any more. Look for what it made."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered, to be answered again to the byte."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those that belong to the answer itself (`Location`, `ETag`, `Content-Type`), not to one delivery of it."""
    body: bytes = field(default=b"", repr=False)


class Repeatable:
    """One request under its key. With `answer` it was done before; else do it and `keep` what you answer."""

    def __init__(
        self, uow: UnitOfWork, digest: bytes, request_digest: bytes, *, answer: Answer | None = None
    ) -> None:
        self._uow = uow
        self._digest = digest
        self._request_digest = request_digest
        self.answer: Final = answer

    def keep(self, answer: Answer) -> None:
        """Answer this from now on, if this unit of work commits.

        Raises:
            ValueError: it is too long to be kept; whoever answers that much lists, and makes nothing.
        """
        if len(answer.body) > MAX_BODY_BYTES:
            raise ValueError("an answer of this length is not kept")
        content = {
            "request": self._request_digest.hex(),
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": base64.b64encode(answer.body).decode(),
        }
        uow, place = self._uow, _place(self._digest)
        row = {
            "sealed": uow.ports.sealer.seal(orjson.dumps(content), place),
            "created_at": uow.now,
            "expires_at": uow.now + KEPT,
        }
        statement = insert_into(uow.connection, KeptAnswer).values(digest=self._digest, **row)
        # an older one under this key is over, else this request would not have been done
        uow.connection.execute(
            statement.on_conflict_do_update(
                index_elements=[KeptAnswer.digest], set_=row, where=KeptAnswer.expires_at <= uow.now
            )
        )


class KeptAnswers:
    """What was answered of late."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        """Delete so many of those whose time is over; how many there were."""
        return forget_some(self._session, KeptAnswer.digest, KeptAnswer.expires_at < at, most=most)


def read_key(header: str | None) -> str | None:
    """The key in the header: a string of RFC 8941, or the same without its quotes, as most programs send it.

    Raises:
        KeyMalformed: empty, too long, several of them, or something else.
    """
    if header is None:
        return None
    text = header.strip(" \t")
    if len(text) > 2 * MAX_CHARACTERS + 2:
        raise KeyMalformed
    quoted = _STRING.fullmatch(text)
    if quoted is None and not _BARE.fullmatch(text):
        raise KeyMalformed
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else text
    if not 1 <= len(key) <= MAX_CHARACTERS:
        raise KeyMalformed
    return key


def request_digest(method: str, target: str, body: bytes) -> bytes:
    """What tells two requests apart: 32 bytes of the method, the address with its query, and the body as it came."""
    digest = hashlib.sha256(b"portal request 1")
    for part in (method.encode(), target.encode(), body):
        digest.update(f"\n{len(part)} ".encode() + part)
    return digest.digest()


def idempotent(
    uow: UnitOfWork, *, key: str, operation: str, actor: Actor, request_digest: bytes
) -> Repeatable:
    """Whether this request was done before; to be asked first in the unit of work that would do it.

    While the unit runs nobody else does anything under the same key: on PostgreSQL they hear so at once, on SQLite
    they come after it, since there is one writer. An error that rolls the unit back leaves the key free: it was not
    done, and may be tried again, mended or not.

    Raises:
        StillRunning: somebody does it now.
        KeyReused: the key came before with another request.
        AnswerLost: it was done, under a master key that is no longer there.
    """
    digest = digest_of_once("idempotency", *_who(actor), operation, key)
    if not uow.try_lock(f"idempotency {digest.hex()}"):
        raise StillRunning
    sealed = uow.connection.scalar(
        select(KeptAnswer.sealed).where(KeptAnswer.digest == digest, KeptAnswer.expires_at > uow.now)
    )
    if sealed is None:
        return Repeatable(uow, digest, request_digest)
    try:
        content = orjson.loads(uow.ports.sealer.open(sealed, _place(digest)))
    except SealBroken:
        raise AnswerLost from None
    if content["request"] != request_digest.hex():
        raise KeyReused
    answer = Answer(
        status=content["status"], headers=content["headers"], body=base64.b64decode(content["body"])
    )
    return Repeatable(uow, digest, request_digest, answer=answer)


def forget_answers(uow: UnitOfWork) -> bool:
    """Sweep a batch of what has expired; whether there may be more. Nothing depends on it: expiry is checked at use."""
    return KeptAnswers(uow.session).forget_before(uow.now) >= FORGET_AT_ONCE


def _who(actor: Actor) -> tuple[str, str, str]:
    """By what an actor's keys are its own; an app's are not those of its person elsewhere."""
    return actor.kind, str(actor.id or ""), str(actor.client_id or "")


def _place(digest: bytes) -> str:
    return f"idempotency_keys|sealed|{digest.hex()}"
