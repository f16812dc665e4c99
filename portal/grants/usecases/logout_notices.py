"""Saying once more that somebody has left, to an app that missed it."""

from uuid import UUID

from portal.clients.models import Client
from portal.grants.errors import NoticeNotFound
from portal.grants.events import LogoutRepeated
from portal.grants.repository.leaving import LogoutNotices
from portal.grants.services.leaving import promise_notice
from portal.infra.events import Ref
from portal.infra.outbox import Outbox
from portal.infra.unit_of_work import UnitOfWork


def repeat_notice(uow: UnitOfWork, client: Client, notice_id: UUID) -> None:
    """Send it now, if it still waits for its next try; else promise it anew, with a day of tries before it.

    Raises:
        NoticeNotFound: this client was told no such thing.
    """
    notice = LogoutNotices(uow.session).get(client.id, notice_id)
    if notice is None:
        raise NoticeNotFound
    message = Outbox(uow.session).get(notice.id)
    if message is not None and message.state == "waiting":
        message.hurry(at=uow.now)
    else:
        promise_notice(uow, client.id, user_id=notice.user_id, session_id=notice.session_id)
    whose = (Ref("user", notice.user_id),) if notice.user_id else ()
    uow.publish(LogoutRepeated(touched=(client.ref, *whose)))
