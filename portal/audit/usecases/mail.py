"""Looks that leave a trace: what operators may see, but never unseen."""

from uuid import UUID

from portal.audit.errors import MailForgotten, MailNotFound, MailSealed
from portal.audit.events import MailRead
from portal.infra.crypto.sealing import SealBroken
from portal.infra.events import Ref
from portal.infra.letters import MAIL
from portal.infra.mail import Message
from portal.infra.outbox import Outbox, OutboxMessage
from portal.infra.unit_of_work import UnitOfWork


def read_mail(uow: UnitOfWork, message_id: UUID) -> tuple[OutboxMessage, Message]:
    """A mail of the outbox, opened; the log names the reader and whom it was for, not what it said.

    Raises:
        MailNotFound: no such mail.
        MailForgotten: it was sent, and its text is gone.
        MailSealed: it was sealed under a key that this portal no longer has.
    """
    queued = Outbox(uow.session).get(message_id)
    if queued is None or queued.kind != MAIL:
        raise MailNotFound
    if not queued.is_readable:
        raise MailForgotten
    try:
        message = uow.ports.letters.open(queued)
    except SealBroken:
        raise MailSealed from None
    uow.publish(
        MailRead(
            touched=(Ref("mail", queued.id, message.to),), details={"template": queued.payload["template"]}
        )
    )
    return queued, message
