"""A new secret on its way from the form that made it to the page that shows it, once.

A redirect lies between the two, so that a reload makes no second secret. It travels sealed in the browser's
own signed cookie, which every worker can read; it opens only in the session that it was made in and for a
few minutes, and the page that shows it takes it out.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
from flask import session as state_cookie

from portal.http.context import current_portal
from portal.http.signing_in import current_principal
from portal.infra.crypto.sealing import SealBroken

KEY: Final = "shown_once"
LIFETIME: Final = timedelta(minutes=5)


def keep_for_next_page(row_id: UUID, secret: str) -> None:
    """Hold on to the secret of this row until its page is opened."""
    portal = current_portal()
    ends_at = portal.ports.clock.now() + LIFETIME
    content = orjson.dumps({"secret": secret, "ends_at": ends_at.isoformat()})
    state_cookie[KEY] = portal.ports.sealer.seal(content, _place(row_id))


def take(row_id: UUID) -> str | None:
    """The secret, if one was made for this row just now in this session. There is no second time."""
    sealed = state_cookie.pop(KEY, None)
    if not isinstance(sealed, str):
        return None
    portal = current_portal()
    try:
        kept = orjson.loads(portal.ports.sealer.open(sealed, _place(row_id)))
    except SealBroken:
        return None
    is_late = portal.ports.clock.now() >= datetime.fromisoformat(kept["ends_at"])
    return None if is_late else str(kept["secret"])


def _place(row_id: UUID) -> str:
    principal = current_principal()
    return f"state cookie|{KEY}|{row_id}|{principal.session_id if principal else ''}"
