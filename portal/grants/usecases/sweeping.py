"""Forget what has long expired. Nothing depends on it: expiry is checked at use."""

from datetime import timedelta
from typing import Final

from portal.grants.repository.codes import Codes
from portal.grants.repository.devices import DeviceCodes
from portal.grants.repository.leaving import LogoutNotices
from portal.grants.repository.opaque_tokens import OpaqueTokens
from portal.grants.repository.pushed_requests import PushedRequests
from portal.grants.repository.tokens import AccessTokens, Families, RefreshTokens
from portal.grants.repository.used_ids import FORGET_AT_ONCE, UsedIds
from portal.infra.unit_of_work import UnitOfWork

KEEP_CODES: Final = timedelta(days=1)
"""A replay is noticed, and answered with revocation, for so long after a code has expired."""
KEEP_REQUESTS: Final = timedelta(hours=1)
"""Longer than a sign-in that began in time may take before it is over by itself."""
KEEP_TOKENS: Final = timedelta(days=7)
KEEP_NOTICES: Final = timedelta(days=30)
"""As long as the outbox keeps what became of them."""


def forget_expired(uow: UnitOfWork) -> bool:
    """One statement for each table. Whether there is more: what comes once for each request is swept in batches."""
    Codes(uow.session).forget_before(uow.now - KEEP_CODES)
    PushedRequests(uow.session).forget_before(uow.now - KEEP_REQUESTS)
    RefreshTokens(uow.session).forget_before(uow.now - KEEP_TOKENS)
    Families(uow.session).forget_before(uow.now - KEEP_TOKENS)
    AccessTokens(uow.session).forget_before(uow.now)
    OpaqueTokens(uow.session).forget_before(uow.now)
    DeviceCodes(uow.session).forget_before(uow.now - KEEP_CODES)
    LogoutNotices(uow.session).forget_before(uow.now - KEEP_NOTICES)
    return UsedIds(uow.session).forget_before(uow.now) >= FORGET_AT_ONCE
