"""A person leaves an app, and the portal with it."""

from uuid import UUID

from portal.accounts.repository import Users
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import SignedOutByApp
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.repository import Sessions
from portal.sessions.services import end


def sign_out_by_app(
    uow: UnitOfWork, session_id: UUID, *, user_id: UUID, client: ClientSnapshot | None
) -> None:
    """End the session; what hangs on it without `offline_access` ends too. Nothing happens if it has ended already."""
    session, user = Sessions(uow.session).get(session_id), Users(uow.session).get(user_id)
    if session is None or user is None or session.user_id != user_id or session.ended_at is not None:
        return
    end(uow, session, user.ref, "signed_out_by_app")
    if client is not None:
        uow.publish(SignedOutByApp(touched=(user.ref, client.ref, session.ref)))
