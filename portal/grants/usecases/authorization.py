"""A client asks for a person: what is missing, what the person answers, and what the app gets in the end."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy.orm import Session

from portal.clients.events import ClientTurnedAway
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import ConsentDenied
from portal.grants.models import Grant
from portal.grants.repository.grants import Grants, Standing
from portal.grants.rules.front_channel import front_channel_fault
from portal.grants.rules.interaction import (
    INSTEAD_OF_ASKING,
    Allowed,
    Decision,
    Fault,
    Situation,
    Step,
    Trust,
    next_step,
)
from portal.grants.rules.scopes import OPTIONAL
from portal.grants.services.consents import Answer, remember
from portal.grants.usecases.cases import Answered, Case, Visit
from portal.grants.usecases.issuing import answer
from portal.grants.usecases.pushed_requests import use_up
from portal.infra.rate_limit import TURNED_AWAY
from portal.infra.rate_limit import Allowed as Counted
from portal.infra.unit_of_work import UnitOfWork

Outcome: TypeAlias = Answered | Decision
NOTE_USE_AFTER: Final = timedelta(minutes=1)
"""As sessions do it: an app that asks silently every few seconds writes no more than that."""


def authorize(uow: UnitOfWork, case: Case) -> Outcome:
    """Give the answer, or say what has to happen first; with `prompt=none`, why it can't be."""
    _act_through(uow, case)
    standing = standing_of(uow.session, case, at=uow.now)
    decision = _decide(uow, case, standing)
    if decision is not Step.ISSUE or standing is None or case.visit is None:
        _note_turned_away(uow, case, standing, decision)
        return decision
    grant = standing.grant
    if grant is None or not _allowed(standing).covers(case.request):
        grant = _remember(uow, case, standing, declined=())
    if uow.now - grant.last_used_at >= NOTE_USE_AFTER:
        grant.last_used_at = uow.now
    return answer(uow, case, visit=case.visit, standing=standing, grant=grant)


def allow(uow: UnitOfWork, case: Case, *, chosen: Collection[str]) -> Outcome:
    """The person said yes, and which of the optional scopes they chose. Everything else is decided anew."""
    _act_through(uow, case)
    standing = standing_of(uow.session, case, at=uow.now)
    agreed = replace(case, progress=replace(case.progress, consented=True))
    decision = _decide(uow, agreed, standing)
    if decision is not Step.ISSUE or standing is None or case.visit is None:
        return decision
    declined = [scope for scope in case.request.scopes if scope in OPTIONAL and scope not in chosen]
    grant = _remember(uow, case, standing, declined=declined)
    return answer(uow, case, visit=case.visit, standing=standing, grant=grant)


def deny(uow: UnitOfWork, case: Case) -> None:
    """The person said no. Nothing is remembered but the fact: next time they are asked again."""
    _act_through(uow, case)
    use_up(uow, case.request.pushed_id)
    standing = standing_of(uow.session, case, at=uow.now)
    if standing is not None and standing.may_use:
        details = {"scopes": list(case.request.scopes)}
        uow.publish(ConsentDenied(touched=(standing.user.ref, case.client.ref), details=details))


def _act_through(uow: UnitOfWork, case: Case) -> None:
    """What the person does from here on, they do through this app: so the log finds it by the app, too."""
    uow.actor = replace(uow.actor, client_id=case.client.id)


def _note_turned_away(uow: UnitOfWork, case: Case, standing: Standing | None, decision: Decision) -> None:
    """Remember that the app is closed to somebody: once in a while, for some apps ask silently every few seconds."""
    if standing is None or decision not in {Step.REFUSED, INSTEAD_OF_ASKING[Step.REFUSED]}:
        return
    subject = f"{standing.user.id} {case.client.id}"
    if isinstance(uow.ports.limiter.hit("turned_away", subject, TURNED_AWAY), Counted):
        uow.publish(ClientTurnedAway(touched=(case.client.ref, standing.user.ref)))


def trust_of(client: ClientSnapshot, redirect_uri: str) -> Trust:
    """A native app behind a scheme or a loopback port of its own could be any app on the device."""
    is_claimed_by_web = redirect_uri.startswith("https://")
    return Trust(
        require_consent=client.require_consent,
        can_be_impersonated=client.kind == "native" and not is_claimed_by_web,
    )


def standing_of(session: Session, case: Case, *, at: datetime) -> Standing | None:
    """The person at the browser before the client; None without a person who may sign in."""
    if case.visit is None:
        return None
    standing = Grants(session).standing(case.visit.presence.user_id, case.client.id, at=at)
    return standing if standing is not None and standing.user.is_active else None


def _allowed(standing: Standing) -> Allowed:
    grant = standing.grant
    if grant is None:
        return Allowed(may_use=standing.may_use)
    return Allowed(
        may_use=standing.may_use, scopes=grant.scopes, claims=grant.claims, declined=grant.declined
    )


def _situation(case: Case, standing: Standing | None, *, at: datetime) -> Situation:
    return Situation(
        presence=case.visit.presence if case.visit else None,
        allowed=_allowed(standing) if standing else None,
        trust=trust_of(case.client, case.request.redirect_uri),
        progress=case.progress,
        at=at,
    )


def _remember(uow: UnitOfWork, case: Case, standing: Standing, *, declined: Collection[str]) -> Grant:
    """What the person has agreed to, on top of what they had before."""
    asked = case.request
    granted = [scope for scope in asked.scopes if scope not in declined]
    said = Answer(scopes=granted, claims=asked.claims.names, declined=declined)
    return remember(uow, case.client, standing.user, said, is_first=standing.grant is None)


def _decide(uow: UnitOfWork, case: Case, standing: Standing | None) -> Decision:
    """What comes next; a code or an error answers a pushed request, and there is no second answer."""
    is_on = uow.ports.settings.implicit_flow
    fault = front_channel_fault(case.request, case.client, is_on=is_on)
    decision = fault or next_step(case.request, _situation(case, standing, at=uow.now))
    if isinstance(decision, Fault) or decision is Step.ISSUE:
        use_up(uow, case.request.pushed_id)
    return decision


__all__ = ["Answered", "Case", "Outcome", "Visit", "allow", "authorize", "deny", "standing_of", "trust_of"]
