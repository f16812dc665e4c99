"""Forget what has long expired. Nothing depends on it: expiry is checked at use."""

from datetime import timedelta
from typing import Final

from portal.grants.repository.codes import Codes
from portal.grants.repository.devices import DeviceCodes
from portal.grants.repository.leaving import LogoutNotices
from portal.grants.repository.opaque_tokens import OpaqueTokens
from portal.grants.repository.personal_tokens import PersonalTokens
from portal.grants.repository.pushed_requests import PushedRequests
from portal.grants.repository.tokens import AccessTokens, Families, RefreshTokens
from portal.grants.repository.used_ids import UsedIds
from portal.infra.repository import FORGET_AT_ONCE
from portal.infra.unit_of_work import UnitOfWork

KEEP_CODES: Final = timedelta(days=1)
"""A replay is noticed, and answered with revocation, for so long after a code has expired."""
KEEP_REQUESTS: Final = timedelta(hours=1)
"""Longer than a sign-in that began in time may take before it is over by itself."""
KEEP_TOKENS: Final = timedelta(days=7)
KEEP_PERSONAL_TOKENS: Final = timedelta(days=30)
"""For so long people see why their script is turned away."""
KEEP_NOTICES: Final = timedelta(days=30)
"""As long as the outbox keeps what became of them."""


def forget_expired(uow: UnitOfWork) -> bool:
    """A batch of each table, in one statement. Whether there may be more."""
    session, now = uow.session, uow.now
    refresh_tokens = RefreshTokens(session).forget_before(now - KEEP_TOKENS)
    gone = [
        refresh_tokens,
        Codes(session).forget_before(now - KEEP_CODES),
        PushedRequests(session).forget_before(now - KEEP_REQUESTS),
        AccessTokens(session).forget_before(now),
        OpaqueTokens(session).forget_before(now),
        DeviceCodes(session).forget_before(now - KEEP_CODES),
        LogoutNotices(session).forget_before(now - KEEP_NOTICES),
        PersonalTokens(session).forget_before(now - KEEP_PERSONAL_TOKENS),
        UsedIds(session).forget_before(now),
    ]
    if refresh_tokens < FORGET_AT_ONCE:  # a family takes its tokens along, however many there are
        gone.append(Families(session).forget_before(now - KEEP_TOKENS))
    return max(gone) >= FORGET_AT_ONCE
