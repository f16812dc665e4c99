"""The last page that a browser sees after a sign-out, where some apps have to be told by the browser itself.

Which session that was travels in the page's address, sealed: the cookies are gone by then, and nobody else is to make
such an address up, for it leads on to wherever it says.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson
from flask import request, url_for

from portal.grants.repository.leaving import Participations
from portal.http.context import current_portal, reading
from portal.infra.crypto.sealing import SealBroken

PARAMETER: Final = "leaving"
LIFETIME: Final = timedelta(minutes=10)
"""A reload works for so long; after that the page only says that one is signed out."""
_CONTEXT: Final = "farewell|address"
_LONGEST: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """Which session ended, and where the browser goes in the end."""

    session_id: UUID
    redirect_uri: str | None
    """An address that the app has registered, `state` included."""
    app_name: str | None


def farewell_to(
    session_id: UUID, *, redirect_uri: str | None = None, app_name: str | None = None
) -> str | None:
    """The address of the page for a session that has just ended; None if no app needs the browser for it."""
    with reading() as session:
        found = Participations(session).of_session(session_id)
    if not any(one.switches.frontchannel_logout_uri for one in found):
        return None
    portal = current_portal()
    ends_at = int((portal.ports.clock.now() + LIFETIME).timestamp())
    told = orjson.dumps([session_id.hex, redirect_uri, app_name, ends_at])
    return f"{url_for('oauth_pages.signed_out')}?{PARAMETER}={portal.ports.sealer.seal(told, _CONTEXT)}"


def read_farewell() -> Farewell | None:
    """What the address says; None for anything but one of ours that is young."""
    sealed = request.args.get(PARAMETER, "")
    portal = current_portal()
    if not sealed or len(sealed) > _LONGEST:
        return None
    try:
        session_id, redirect_uri, app_name, ends_at = orjson.loads(portal.ports.sealer.open(sealed, _CONTEXT))
    except SealBroken:
        return None
    if portal.ports.clock.now().timestamp() > ends_at:
        return None
    return Farewell(session_id=UUID(session_id), redirect_uri=redirect_uri, app_name=app_name)
