"""Where a person answers for a device: type the code, look who asks and from where, say yes or no (RFC 8628 3.3)."""

from dataclasses import dataclass, field
from typing import Any, Final

from flask import Response, request, url_for

from portal.clients.events import ClientTurnedAway
from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.devices import DeviceCode, DeviceCodes
from portal.grants.repository.grants import Grants, Standing
from portal.grants.repository.holdings import holdings_of
from portal.grants.rules.claims import access_claims_of
from portal.grants.rules.holdings import Holdings
from portal.grants.rules.interaction import Presence
from portal.grants.rules.scopes import allowed_of
from portal.grants.rules.user_codes import shown, typed
from portal.grants.schemas import AuthorizationRequest
from portal.grants.services.user_codes import user_code_digest
from portal.grants.usecases.cases import Visit
from portal.grants.usecases.devices import allow_device, deny_device
from portal.http.context import client_ip, current_portal, unit_of_work
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.http.signing_in import Principal, current_principal
from portal.http.throttles import throttle
from portal.infra.errors import Limited, NotSignedIn
from portal.infra.rate_limit import TURNED_AWAY, USER_CODE, Allowed, Throttled
from portal.infra.unit_of_work import UnitOfWork
from portal.oauth.authorization.shown import Permission, permissions_shown

DAY_SECONDS: Final = 86_400
OUTCOMES: Final = ("allowed", "denied")
NOT_WAITING: Final = (
    "No device is waiting with this code. Look at its screen again: codes work for ten minutes, and once."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A device that waits, the app that it runs, and the signed-in person before that app."""

    code: str = field(repr=False)
    device: DeviceCode
    client: ClientSnapshot
    person: Principal
    standing: Standing

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.device.scope.split())


@signed_in
def device() -> Response:
    """The code, typed or brought along in the address: either way the person compares it with the device's screen."""
    return _ask(request.args.get("user_code", ""))


@signed_in
def look_up() -> Response:
    """The typed code: on to the device that shows it."""
    text = request.form.get("user_code", "")
    with unit_of_work() as uow:
        found = _find(uow, text)
    if found is None:
        return _unknown(text)
    return see_other(url_for("oauth_pages.review_device", user_code=shown(found.code)))


@signed_in
def review() -> Response:
    """Who asks, from where, and for what."""
    text = request.args.get("user_code", "")
    with unit_of_work() as uow:
        found = _find(uow, text)
        if found is None:
            return _unknown(text)
        return _review(uow, found)


@signed_in
def decide() -> Response:
    """The person's answer; only optional scopes are taken from the form."""
    text = request.form.get("user_code", "")
    with unit_of_work() as uow:
        found = _find(uow, text)
        if found is None:
            return _unknown(text)
        if request.form.get("account") != str(found.person.user_id):
            return see_other(url_for("oauth_pages.review_device", user_code=shown(found.code)))
        if request.form.get("decision") != "allow":
            is_done = deny_device(uow, found.device, client=found.client, standing=found.standing)
            return _told("denied") if is_done else _unknown(text)
        if not found.standing.may_use:
            return _review(uow, found)
        is_done = allow_device(
            uow,
            found.device,
            client=found.client,
            visit=_visit(found.person),
            standing=found.standing,
            chosen=request.form.getlist("scope"),
        )
        return _told("allowed") if is_done else _unknown(text)


def done() -> Response:
    """What became of it; the device goes on by itself."""
    outcome = request.args.get("outcome")
    return respond("oauth/device/done.html", outcome=outcome if outcome in OUTCOMES else "denied")


def _ask(code: str, *, problem: str | None = None) -> Response:
    read = typed(code)
    return respond(
        "oauth/device/code.html",
        status=200 if problem is None else 422,
        user_code=shown(read) if read else code[:40],
        is_readable=read is not None,
        problem=problem,
    )


def _unknown(text: str) -> Response:
    return _ask(text, problem=NOT_WAITING)


def _told(outcome: str) -> Response:
    return see_other(url_for("oauth_pages.device_done", outcome=outcome))


def _find(uow: UnitOfWork, text: str) -> Found | None:
    """The waiting device with this code. Wrong tries are counted for the person and for the address (section 5.1).

    Raises:
        Limited: there were too many.
    """
    person = current_principal()
    if person is None:
        raise NotSignedIn("Sign in first.")
    triers = (client_ip() or "unknown", str(person.user_id))
    for who in triers:
        outcome = uow.ports.limiter.peek("user_code", who, USER_CODE)
        if isinstance(outcome, Throttled):
            seconds = outcome.retry_after_seconds
            raise Limited(
                f"There were too many wrong codes. Wait {seconds} seconds, then try again.",
                retry_after_seconds=seconds,
            )
    found = _device_of(uow, text, person)
    if found is None:
        for who in triers:
            throttle("user_code", USER_CODE, subject=who)
    return found


def _device_of(uow: UnitOfWork, text: str, person: Principal) -> Found | None:
    code = typed(text)
    if code is None:
        return None
    waiting = DeviceCodes(uow.session).waiting(user_code_digest(uow.ports.sealer, code), at=uow.now)
    if waiting is None:
        return None
    device, client_id = waiting
    client = current_portal().clients.current(client_id)
    if client is None or not client.is_active:
        return None
    standing = Grants(uow.session).standing(person.user_id, client.id, at=uow.now)
    if standing is None or not standing.user.is_active:
        return None
    return Found(code=code, device=device, client=client, person=person, standing=standing)


def _review(uow: UnitOfWork, found: Found) -> Response:
    facts: dict[str, Any] = {
        "client": found.client,
        "device": found.device,
        "user": found.standing.user,
        "user_code": shown(found.code),
    }
    if not found.standing.may_use:
        _note_turned_away(uow, found)
        return respond("oauth/device/refused.html", status=403, **facts)
    return respond("oauth/device/review.html", permissions=_permissions(uow, found), **facts)


def _note_turned_away(uow: UnitOfWork, found: Found) -> None:
    user = found.standing.user
    subject = f"{user.id} {found.client.id}"
    if isinstance(uow.ports.limiter.hit("turned_away", subject, TURNED_AWAY), Allowed):
        uow.publish(ClientTurnedAway(touched=(found.client.ref, user.ref)))


def _permissions(uow: UnitOfWork, found: Found) -> list[Permission]:
    """The consent page's list: a device is told the same as a browser would be."""
    scopes = allowed_of(found.scopes, registered=found.client.scopes)
    claims, held = access_claims_of(scopes), Holdings(())
    if claims:
        user_id = found.person.user_id
        held = holdings_of(uow.session, user_id, found.client.id, claims=claims, at=uow.now)
    asked = AuthorizationRequest(client_id=found.client.client_id, redirect_uri="", scopes=scopes)
    unused_days = uow.ports.settings.refresh_token_seconds // DAY_SECONDS
    return permissions_shown(asked, found.standing, held=held.claims(claims), unused_days=unused_days)


def _visit(person: Principal) -> Visit:
    presence = Presence(user_id=person.user_id, auth_time=person.auth_time, acr=person.acr)
    return Visit(session_id=person.session_id, presence=presence, amr=person.amr)
