"""Whoever leaves, and the last page that their browser sees, where some apps have to be told by the browser itself.

Which session that was travels in the page's address, sealed: the cookies are gone by then, and nobody else is to make
such an address up, for it leads on to wherever it says.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson
from flask import request, url_for

from portal.grants.repository.leaving import Participations
from portal.http.context import current_actor, current_portal, reading
from portal.http.signing_in import Principal, current_principal, session_token
from portal.infra.actor import Actor
from portal.infra.crypto.sealing import SealBroken
from portal.sessions.repository import LiveSession, Sessions

PARAMETER: Final = "leaving"
LIFETIME: Final = timedelta(minutes=10)
"""A reload works for so long; after that the page only says that one is signed out."""
_CONTEXT: Final = "farewell|address"
_LONGEST: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """Whose session a browser has."""

    user_id: UUID
    session_id: UUID
    username: str
    name: str
    is_signed_in: bool

    @property
    def actor(self) -> Actor:
        """What ends here, they end: the cookie is theirs, also where it signs nobody in any more."""
        return replace(
            current_actor(), kind="user", id=self.user_id, label=self.username, session_id=self.session_id
        )


def current_leaver() -> Leaver | None:
    """Whose session this browser has, also one that only rests because nobody came by: it opens no page any more, and
    apps go on using the tokens that hang on it until somebody ends it.
    """
    principal, token = current_principal(), session_token()
    found: Principal | LiveSession | None = principal
    if principal is None and token is not None:
        with reading() as session:
            found = Sessions(session).by_token(token, at=current_portal().ports.clock.now(), may_rest=True)
    if found is None:
        return None
    return Leaver(
        user_id=found.user_id,
        session_id=found.session_id,
        username=found.username,
        name=found.name,
        is_signed_in=principal is not None,
    )


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
