"""One token for another (RFC 8693): an app, or a person through an app, acts for somebody whose token it was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from portal.access.rules.conditions import Context
from portal.access.rules.decisions import Decision
from portal.access.services.decisions import decide
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import ExchangeRefused, TokenExchanged
from portal.grants.models import TokenFamily
from portal.grants.repository.grants import Grants
from portal.grants.repository.standings import AccessStanding
from portal.grants.rules import exchange as rules
from portal.grants.rules.holdings import first_of
from portal.grants.services.chains import Lifetimes, Refused, issued_of, save_family, touched_of
from portal.grants.services.foundations import A_SECOND, Foundation, foundation_of
from portal.grants.services.handed_in import HandedIn
from portal.grants.services.issued import Issued
from portal.grants.services.tokens import Issuer
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

NOT_A_PERSON: Final = "not_a_person"
OTHER_APP: Final = "other_app"
ACTOR_OF_OTHER_APP: Final = "actor_of_other_app"
ACTOR_IS_ACTED_FOR: Final = "actor_is_acted_for"
MAY_NOT_ACT: Final = "may_not_act"
TOO_MANY: Final = "too_many_exchanges"
NOT_PERMITTED: Final = "not_permitted"
ACCESS_LOST: Final = "access_lost"
ENDED: Final = "ended"
SCOPE: Final = "scope"
TARGET: Final = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an app asks for. Both tokens are genuine, alive, and proved where they are bound to a key."""

    subject: HandedIn
    actor: HandedIn | None = None
    scope: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A wish with everybody in it."""

    wish: Wish
    client: ClientSnapshot
    party: rules.Party
    standing: AccessStanding
    """What stands behind the token that is exchanged."""

    @property
    def is_impersonation(self) -> bool:
        """Nobody is named as acting, for the app acts by itself and is trusted to."""
        return self.wish.actor is None and self.client.switches.token_exchange == rules.IMPERSONATION

    @property
    def act(self) -> dict[str, Any] | None:
        """Who acted before stays named, whoever exchanges."""
        before = self.wish.subject.actor
        return (dict(before) if before else None) if self.is_impersonation else self.party.acting(before)

    @property
    def touched(self) -> tuple[Ref, ...]:
        """The app, whom it is about, the grant that it all comes of, and last the person who acts."""
        family = self.standing.family
        of_subject = touched_of(self.client, family.user_id, self.standing.user.username, family.grant_id)
        behind = self.wish.actor.standing if self.wish.actor is not None else None
        everybody = (*of_subject, *((behind.user.ref,) if behind is not None else ()))
        return tuple(dict.fromkeys(everybody))


def exchange(uow: UnitOfWork, issuer: Issuer, wish: Wish, *, client: ClientSnapshot) -> Issued | Refused:
    """Begin a family below that of the exchanged token. Whatever ends the one before, and whoever acts, ends this one:
    it is looked at whenever the new token is used. There is no refresh token.

    A refusal by policy is remembered, for somebody had a genuine token and tried.
    """
    standing = wish.subject.standing
    if standing is None:
        return Refused(NOT_A_PERSON)
    case = _Case(wish=wish, client=client, party=_party(issuer, wish, client), standing=standing)
    refusal = _policy(case, issuer=issuer.issuer)
    decision = _permission(uow, case) if refusal is None else None
    if decision is not None and not decision.permitted:
        refusal = NOT_PERMITTED
    if refusal is not None:
        return _refused(uow, case, refusal)
    narrowed = rules.narrowed(wish.scope, held=wish.subject.scope, registered=client.scopes)
    targets = rules.targets(wish.targets, before=wish.subject.resources, registered=client.switches.resources)
    if narrowed.beyond or narrowed.is_nothing:
        return Refused(SCOPE)
    if targets is None:
        return Refused(TARGET)
    return _issue(uow, case, scope=narrowed.scope, targets=targets, decision=decision)


def _party(issuer: Issuer, wish: Wish, client: ClientSnapshot) -> rules.Party:
    """Who acts: whoever the second token is about, or else the app itself."""
    if wish.actor is None:
        return rules.Party(subject=client.client_id, client_id=client.client_id)
    user_id = wish.actor.user_id
    if user_id is None:
        return rules.Party(subject=wish.actor.client_id, client_id=wish.actor.client_id)
    return rules.Party(subject=issuer.subject_of(client, user_id), client_id=client.client_id)


def _policy(case: _Case, *, issuer: str) -> str | None:
    """What the app is set to, and what the tokens themselves say; why not, or None."""
    subject, actor = case.wish.subject, case.wish.actor
    own = {case.client.client_id, *case.client.switches.exchange_subjects}
    links = [one.standing.links for one in (subject, actor) if one is not None and one.standing is not None]
    obstacles = (
        (subject.client_id not in own, OTHER_APP),
        (actor is not None and actor.client_id not in own, ACTOR_OF_OTHER_APP),
        (actor is not None and actor.actor is not None, ACTOR_IS_ACTED_FOR),
        (not rules.may_act(subject.may_act, case.party, issuer=issuer), MAY_NOT_ACT),
        (max(links) >= rules.MOST_EXCHANGES, TOO_MANY),
    )
    return next((why for stands, why in obstacles if stands), None)


def _permission(uow: UnitOfWork, case: _Case) -> Decision | None:
    """Whether the person who acts may, by the one resolver and here and now; None where an app acts for itself."""
    behind = case.wish.actor.standing if case.wish.actor is not None else None
    if behind is None:
        return None
    family = behind.family
    context = Context(
        now=uow.now,
        ip=uow.actor.ip,
        amr=tuple(family.amr),
        acr=family.acr,
        auth_time=family.auth_time,
        client=case.client.client_id,
    )
    return decide(uow.session, family.user_id, rules.ACTION, rules.RESOURCE, context=context)


def _issue(
    uow: UnitOfWork, case: _Case, *, scope: str, targets: Sequence[str], decision: Decision | None
) -> Issued | Refused:
    family = _family(uow, case, scope=scope, targets=targets)
    is_open = _is_open(uow, case)
    foundation = None if is_open is None else foundation_of(uow.session, family, is_open=is_open, at=uow.now)
    if foundation is None:
        return _refused(uow, case, ACCESS_LOST)
    lifetimes = Lifetimes.of(case.client, uow.ports.settings)
    end = _end(uow, case, foundation=foundation, lifetimes=lifetimes, decision=decision)
    if end < uow.now + A_SECOND:
        return Refused(ENDED)
    family.expires_at = end
    save_family(uow, family)
    _tell(uow, case, scope=scope, targets=targets)
    return issued_of(uow, family, replace(foundation, ends_at=end), lifetimes=lifetimes, resources=targets)


def _is_open(uow: UnitOfWork, case: _Case) -> bool | None:
    """Whether the app is open to everyone; None if the person may not use it. Nobody signs in to a service, so there
    the question is what it may exchange.
    """
    if case.standing.family.client_pk == case.client.id:
        return case.standing.life.client_is_open or case.standing.life.client_is_service
    if case.client.kind == "service":
        return True
    there = Grants(uow.session).standing(case.standing.family.user_id, case.client.id, at=uow.now)
    return there.is_open if there is not None and there.may_use else None


def _end(
    uow: UnitOfWork,
    case: _Case,
    *,
    foundation: Foundation,
    lifetimes: Lifetimes,
    decision: Decision | None,
) -> datetime:
    """The first of all ends: of the tokens that were handed in, of what the new one rests on, of the leave to act."""
    usual = timedelta(seconds=uow.ports.settings.access_token_seconds)
    usual_end = uow.now + min(usual, lifetimes.access_token or usual)
    actor = case.wish.actor
    ends = first_of(
        case.wish.subject.expires_at,
        actor.expires_at if actor is not None else None,
        foundation.ends_at,
        decision.changes_at if decision is not None else None,
    )
    return min(usual_end, ends or usual_end)


def _family(uow: UnitOfWork, case: _Case, *, scope: str, targets: Sequence[str]) -> TokenFamily:
    subject, actor, parent = case.wish.subject, case.wish.actor, case.standing.family
    types = case.client.switches.authorization_details_types
    details = [dict(one) for one in subject.authorization_details if one.get("type") in types]
    behind = actor.standing if actor is not None else None
    return TokenFamily(
        code_id=None,
        grant_id=parent.grant_id,
        client_pk=case.client.id,
        user_id=parent.user_id,
        session_id=parent.session_id if subject.is_of_session else None,
        security_epoch=parent.security_epoch,
        scope=scope,
        auth_time=parent.auth_time,
        amr=parent.amr,
        acr=parent.acr,
        resources=list(targets) or None,
        authorization_details={"details": details} if details else None,
        actor=case.act,
        parent_id=parent.id,
        parent_jti=subject.jti,
        actor_family_id=behind.family.id if behind is not None else None,
        actor_jti=actor.jti if actor is not None and behind is not None else None,
        created_at=uow.now,
        expires_at=uow.now,
    )


def _tell(uow: UnitOfWork, case: _Case, *, scope: str, targets: Sequence[str]) -> None:
    details: Mapping[str, Any] = {
        "grant_type": rules.GRANT_TYPE,
        "manner": rules.IMPERSONATION if case.is_impersonation else rules.DELEGATION,
        "actor": case.party.subject,
        "exchanged_from": case.wish.subject.client_id,
        "scope": scope,
        "resources": list(targets),
    }
    uow.publish(TokenExchanged(touched=case.touched, details=details))


def _refused(uow: UnitOfWork, case: _Case, reason: str) -> Refused:
    details = {"actor": case.party.subject, "exchanged_from": case.wish.subject.client_id}
    uow.publish(ExchangeRefused(touched=case.touched, reason=reason, details=details))
    return Refused(reason)
