"""A sign-in of somebody to an app, rehearsed: the code that people and apps meet runs in a transaction of its own, and
everything it does is undone. Nothing is issued, nothing is sent, nothing is stored; what it would have said is shown.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NoReturn

from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import SignInSimulated
from portal.grants.repository.codes import Codes
from portal.grants.rules.interaction import Fault, Presence, Step
from portal.grants.schemas import AuthorizationRequest
from portal.grants.services.admission import admission
from portal.grants.services.asked import Question, request_of, why_again, why_consent
from portal.grants.services.issued import Issued
from portal.grants.services.rehearsed import Desk, Rehearsal, Stage, Tone
from portal.grants.services.tokens import Issuer
from portal.grants.usecases.authorization import allow, authorize, standing_of
from portal.grants.usecases.cases import Answered, Case, Visit
from portal.grants.usecases.tokens import Refused, redeem_code
from portal.infra.rate_limit import Limiter
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.services import open_session

MOST_STEPS: Final = 6
UNSILENCED: Final = Limiter(is_on=False)


class _Undone(Exception):
    """Leaves the unit of work the way a mistake does, with what was found out."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__()
        self.rehearsal = rehearsal


def simulate(
    open_unit: Callable[[], UnitOfWork], issuer: Issuer, client: ClientSnapshot, question: Question
) -> Rehearsal:
    """What would happen, step by step.

    Raises:
        UserNotFound: there is nobody of that id.
    """
    try:
        with open_unit() as uow:
            # the portal counts what it has remembered lately; a rehearsal must not use that up
            uow.ports = replace(uow.ports, limiter=UNSILENCED)
            _leave(_Walk(uow, issuer, client, question).go())
    except _Undone as undone:
        return undone.rehearsal


def note_simulation(
    uow: UnitOfWork, client: ClientSnapshot, question: Question, rehearsal: Rehearsal
) -> None:
    """Somebody has looked at what an app would be told of somebody else: that is remembered."""
    user = Users(uow.session).get(question.user_id)
    if user is None:
        raise UserNotFound
    details = {"scopes": list(question.scopes), "complete": rehearsal.is_complete}
    uow.publish(SignInSimulated(touched=(client.ref, user.ref), details=details))


def _leave(rehearsal: Rehearsal) -> NoReturn:
    raise _Undone(rehearsal)


class _Walk:
    """One rehearsal, from the request to the tokens."""

    def __init__(self, uow: UnitOfWork, issuer: Issuer, client: ClientSnapshot, question: Question) -> None:
        self.uow, self.issuer, self.client, self.question = uow, issuer, client, question
        self.stages: list[Stage] = []
        self.consent: tuple[tuple[str, str], ...] = ()

    def go(self) -> Rehearsal:
        """To the end, or to where it ends."""
        user = Users(self.uow.session).get(self.question.user_id)
        if user is None:
            raise UserNotFound
        request, stage = request_of(self.client, self.question, at=self.uow.now)
        self.stages.append(stage)
        if request is None or not self._is_open(user):
            return self._told()
        answered = self._answered(self._case(request, user))
        issued = self._redeemed(answered) if answered is not None else None
        if issued is None:
            return self._told()
        papers = Desk.beside(self.issuer).papers(
            self.uow.session,
            issued,
            client=self.client,
            user=user,
            userinfo=request.claims.userinfo,
            at=self.uow.now,
        )
        return replace(self._told(), papers=papers)

    def _told(self) -> Rehearsal:
        return Rehearsal(stages=tuple(self.stages), consent=self.consent)

    def _is_open(self, user: User) -> bool:
        if user.is_active:
            return True
        self._say("The person", "The account is disabled, so nobody can sign in with it.", tone="danger")
        return False

    def _case(self, request: AuthorizationRequest, user: User) -> Case:
        """With a session that was opened for it, and that is gone with everything else."""
        session = open_session(self.uow, user, amr=self.question.amr, acr=self.question.acr).session
        self.uow.session.flush()
        presence = Presence(
            user_id=user.id,
            auth_time=session.auth_time,
            acr=session.acr,
            subject=self.issuer.subject_of(self.client, user.id),
        )
        visit = Visit(session_id=session.id, presence=presence, amr=tuple(session.amr))
        self._say(
            "The person",
            f"{user.username} is signed in by {' and '.join(self.question.amr)}, acr {session.acr}.",
        )
        return Case(request=request, client=self.client, visit=visit)

    def _answered(self, case: Case) -> Answered | None:
        """Whatever the person would have to do is done, until the app has its answer or never gets one."""
        self._say_admission(case)
        for _ in range(MOST_STEPS):
            outcome = authorize(self.uow, case)
            if outcome is Step.CONSENT:
                self._ask_consent(case)
                outcome = allow(self.uow, case, chosen=case.request.scopes)
            if isinstance(outcome, Answered):
                self._say("The answer", f"The app gets {case.request.response_type} at its redirect URI.")
                return outcome
            if isinstance(outcome, Fault):
                self._say("The answer", f"{outcome.error}: {outcome.description}", tone="danger")
                return None
            if outcome is Step.SIGN_IN and case.progress.asked_at is None:
                self._say("Signing in again", why_again(case.request), tone="warning")
                case = replace(case, progress=replace(case.progress, asked_at=self.uow.now))
            elif outcome is Step.SELECT_ACCOUNT:
                self._say("Choosing an account", "The request says prompt=select_account.", tone="warning")
                case = replace(case, progress=replace(case.progress, account_chosen=True))
            else:
                self._say("The answer", "A page says that this app is not open to them.", tone="danger")
                return None
        return None

    def _say_admission(self, case: Case) -> None:
        standing = standing_of(self.uow.session, case, at=self.uow.now)
        if standing is None:
            return
        if standing.is_open:
            self._say("Access", "Everyone with an account may use the app.")
            return
        found = admission(self.uow.session, standing.user.id, self.client.id, at=self.uow.now)
        self._say(
            "Access",
            "They may use the app." if standing.may_use else "They may not use the app.",
            tone="success" if standing.may_use else "danger",
            reasons=found.reasons,
        )

    def _ask_consent(self, case: Case) -> None:
        standing = standing_of(self.uow.session, case, at=self.uow.now)
        grant = standing.grant if standing else None
        known = {*grant.scopes, *grant.claims} if grant else set()
        asked = (*case.request.scopes, *sorted(case.request.claims.names))
        self.consent = tuple((name, "allowed before" if name in known else "new") for name in asked)
        self._say(
            "Consent",
            why_consent(case.request, case.client, known),
            tone="warning",
            reasons=("They say yes to all of it.",),
        )

    def _redeemed(self, answered: Answered) -> Issued | None:
        """The code turned into what tokens are made from, by the code of the token endpoint."""
        if answered.code is None:
            return answered.issued
        stored = Codes(self.uow.session).find(answered.code, at=self.uow.now)
        outcome = redeem_code(self.uow, stored, client=self.client) if stored else Refused("lost")
        if isinstance(outcome, Refused):
            self._say("The tokens", f"The code is refused: {outcome.reason}.", tone="danger")
            return None
        refreshes = "with a refresh token" if outcome.refresh_token else "without a refresh token"
        ends = (
            f"; they end early, with what they rest on, at {outcome.ends_at:%Y-%m-%d %H:%M} UTC"
            if outcome.ends_at
            else ""
        )
        self._say("The tokens", f"The code is redeemed {refreshes}{ends}.")
        return outcome

    def _say(self, title: str, said: str, *, tone: Tone = "success", reasons: tuple[str, ...] = ()) -> None:
        self.stages.append(Stage(title=title, said=said, tone=tone, reasons=reasons))
