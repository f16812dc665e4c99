"""A device without a keyboard waits, somebody allows it what it asked for, and it gets its tokens (RFC 8628)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from portal.clients.services import note_first_sign_in
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import CodeReplayed, ConsentDenied, SignedInToApp, TokensIssued
from portal.grants.models import DeviceCode, TokenFamily
from portal.grants.repository.devices import Agreement, DeviceCodes, agreement_of
from portal.grants.repository.grants import Standing
from portal.grants.repository.lives import Life
from portal.grants.repository.tokens import Families
from portal.grants.rules.scopes import OPTIONAL
from portal.grants.rules.user_codes import new_user_code, shown
from portal.grants.services.chains import (
    Lifetimes,
    Refused,
    add_refresh_token,
    issued_of,
    lasting_confirmation,
    save_family,
    touched_of,
)
from portal.grants.services.consents import Answer, remember
from portal.grants.services.foundations import foundation_of
from portal.grants.services.issued import Issued
from portal.grants.services.leaving import note_participation
from portal.grants.services.user_codes import user_code_digest
from portal.grants.usecases.cases import Visit
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.errors import Unavailable
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:device_code"
LIFETIME: Final = timedelta(minutes=10)
INTERVAL_SECONDS: Final = 5
SLOWER_SECONDS: Final = 5
SLOWEST_SECONDS: Final = 60
EARLY: Final = timedelta(seconds=1)
"""A poll may come so much too soon: networks are not exact."""
MOST_TRIES: Final = 5

PENDING: Final = "authorization_pending"
SLOW_DOWN: Final = "slow_down"
DENIED: Final = "access_denied"
EXPIRED: Final = "expired_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the device is told: a code for itself, and one to show."""

    device_code: str = field(repr=False)
    user_code: str = field(repr=False)
    expires_in: int
    interval: int


def begin_waiting(
    uow: UnitOfWork, client: ClientSnapshot, *, scope: str, resources: Sequence[str] = ()
) -> Waiting:
    """Remember that a device asks, and from where: the person who decides is shown it."""
    devices = DeviceCodes(uow.session)
    for _ in range(MOST_TRIES):
        row_id, code = new_id(), new_user_code()
        issued = issue(TokenKind.DEVICE_CODE, row_id)
        is_new = devices.add(
            id=row_id,
            digest=issued.digest,
            user_code_digest=user_code_digest(uow.ports.sealer, code),
            client_pk=client.id,
            scope=scope,
            resources=list(resources) or None,
            claims={},
            state="pending",
            interval_seconds=INTERVAL_SECONDS,
            ip=uow.actor.ip,
            user_agent=uow.actor.user_agent,
            created_at=uow.now,
            expires_at=uow.now + LIFETIME,
        )
        if is_new:
            seconds = int(LIFETIME.total_seconds())
            return Waiting(
                device_code=issued.token, user_code=shown(code), expires_in=seconds, interval=INTERVAL_SECONDS
            )
    raise Unavailable("There are too many devices waiting. Try again in a moment.")


def allow_device(
    uow: UnitOfWork,
    device: DeviceCode,
    *,
    client: ClientSnapshot,
    visit: Visit,
    standing: Standing,
    chosen: Collection[str],
) -> bool:
    """The person said yes, and which of the optional scopes they chose; False if somebody else answered before."""
    asked, user = device.scope.split(), standing.user
    declined = [scope for scope in asked if scope in OPTIONAL and scope not in chosen]
    granted = [scope for scope in asked if scope not in declined]
    grant = remember(uow, client, user, Answer(scopes=granted, declined=declined))
    grant.last_used_at = uow.now
    agreement = Agreement(
        grant_id=grant.id,
        user_id=user.id,
        session_id=visit.session_id,
        security_epoch=user.security_epoch,
        scope=" ".join(granted),
        auth_time=visit.presence.auth_time,
        amr=visit.amr,
        acr=visit.presence.acr,
    )
    if not DeviceCodes(uow.session).allow(device.id, agreement, at=uow.now):
        return False
    note_participation(uow, visit.session_id, client)
    details = {"scope": agreement.scope, "grant_type": GRANT_TYPE, "device_ip": device.ip}
    uow.publish(SignedInToApp(touched=(user.ref, client.ref, grant.ref), details=details))
    return True


def deny_device(uow: UnitOfWork, device: DeviceCode, *, client: ClientSnapshot, standing: Standing) -> bool:
    """The person said no, and the device hears it at its next poll; False if somebody else answered before."""
    if not DeviceCodes(uow.session).deny(device.id, at=uow.now):
        return False
    details = {"scopes": device.scope.split(), "grant_type": GRANT_TYPE, "device_ip": device.ip}
    uow.publish(ConsentDenied(touched=(standing.user.ref, client.ref), details=details))
    return True


def poll(
    uow: UnitOfWork,
    device: DeviceCode,
    *,
    client: ClientSnapshot,
    resources: Sequence[str] = (),
    confirmation: Mapping[str, str] | None = None,
) -> Issued | Refused:
    """The client of a device asks again: its tokens, once, or why there are none (section 3.5)."""
    if device.state == "redeemed":
        return _replayed(uow, device, client)
    if uow.now >= device.expires_at:
        return Refused(EXPIRED)
    if device.state == "denied":
        return Refused(DENIED)
    if device.state == "pending":
        return Refused(_too_soon(uow, device))
    return _redeem(uow, device, client=client, resources=resources, confirmation=confirmation)


def _too_soon(uow: UnitOfWork, device: DeviceCode) -> str:
    """Whoever does not keep the interval has to keep a longer one."""
    due = _due(device)
    is_early = due is not None and uow.now < due
    seconds = device.interval_seconds + (SLOWER_SECONDS if is_early else 0)
    DeviceCodes(uow.session).note_poll(device.id, interval_seconds=min(seconds, SLOWEST_SECONDS), at=uow.now)
    return SLOW_DOWN if is_early else PENDING


def _due(device: DeviceCode) -> datetime | None:
    if device.last_polled_at is None:
        return None
    return device.last_polled_at + timedelta(seconds=device.interval_seconds) - EARLY


def _redeem(
    uow: UnitOfWork,
    device: DeviceCode,
    *,
    client: ClientSnapshot,
    resources: Sequence[str],
    confirmation: Mapping[str, str] | None,
) -> Issued | Refused:
    devices, lifetimes = DeviceCodes(uow.session), Lifetimes.of(client, uow.ports.settings)
    life, agreement = devices.life(device.id, at=uow.now), agreement_of(device)
    if life is None or agreement is None:
        return Refused("gone")
    end = life.end_of(
        begun_at=device.created_at,
        security_epoch=agreement.security_epoch,
        scope=agreement.scope,
        at=uow.now,
    )
    if end is not None:
        return Refused(end)
    refreshes = "refresh_token" in client.grant_types
    lasts = lifetimes.family if refreshes else timedelta(seconds=uow.ports.settings.access_token_seconds)
    family = _family_of(device, agreement, begins_at=uow.now, ends_at=uow.now + lasts)
    family.confirmation = lasting_confirmation(client, confirmation)
    foundation = foundation_of(uow.session, family, is_open=life.client_is_open, at=uow.now)
    if foundation is None:
        return Refused("access_lost")
    if not devices.redeem(device.id, at=uow.now):
        return _replayed(uow, device, client, life=life)
    if life.client_first_sign_in_at is None:
        note_first_sign_in(uow, client.id)
    save_family(uow, family)
    refresh_token = add_refresh_token(uow, family, foundation, lifetimes=lifetimes) if refreshes else None
    touched = touched_of(client, family.user_id, life.username, family.grant_id)
    uow.publish(TokensIssued(touched=touched, details={"grant_type": GRANT_TYPE, "scope": family.scope}))
    return issued_of(
        uow,
        family,
        foundation,
        lifetimes=lifetimes,
        resources=resources,
        refresh_token=refresh_token,
    )


def _family_of(
    device: DeviceCode, agreement: Agreement, *, begins_at: datetime, ends_at: datetime
) -> TokenFamily:
    """What the tokens hang on; named by the device code, so that a replay finds it."""
    return TokenFamily(
        code_id=device.id,
        grant_id=agreement.grant_id,
        client_pk=device.client_pk,
        user_id=agreement.user_id,
        session_id=agreement.session_id,
        security_epoch=agreement.security_epoch,
        scope=agreement.scope,
        auth_time=agreement.auth_time,
        amr=list(agreement.amr),
        acr=agreement.acr,
        claims=device.claims,
        resources=device.resources,
        created_at=begins_at,
        expires_at=ends_at,
    )


def _replayed(
    uow: UnitOfWork, device: DeviceCode, client: ClientSnapshot, *, life: Life | None = None
) -> Refused:
    """A second valid use: two parties hold the code, so that what came of it ends, as it does with other codes."""
    life = life or DeviceCodes(uow.session).life(device.id, at=uow.now)
    Families(uow.session).revoke_of_code(device.id, "replayed", at=uow.now)
    if life is not None and device.user_id is not None and device.grant_id is not None:
        touched = touched_of(client, device.user_id, life.username, device.grant_id)
        uow.publish(CodeReplayed(touched=touched))
    return Refused("replayed")
