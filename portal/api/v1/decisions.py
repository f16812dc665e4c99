"""May they? The resolver's answer with its reasons, the one that pages and their guards get."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from portal.access.rules.decisions import Decision, reason_in_words, redacted, verdict
from portal.access.schemas.explain import Circumstances, ResourceQuestion
from portal.access.services.decisions import decide
from portal.accounts.errors import UserNotFound
from portal.accounts.schemas import Identifier
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Nothing, View
from portal.http.bearer import ScopeMissing
from portal.http.somebody import find
from portal.infra.errors import Invalid

decisions: Final = Room(
    "Decisions", "Whether somebody may do something, and everything that led to the answer."
)

OF_OTHERS: Final = "roles:read"


class Question(Circumstances, ResourceQuestion):
    """Who would do what to what; without `who` it is the caller, here and now."""

    who: Annotated[Identifier | None, Field(description="A username or an email address.")] = None


class Told(View):
    """Part of an explanation, read off the resolver's own."""

    model_config = ConfigDict(from_attributes=True)


class StepView(Told):
    """One link of the chain from the person to the permission."""

    kind: str
    label: str
    id: str | None
    ends_at: datetime | None


class ComparisonView(Told):
    """One comparison of a condition, and how it went."""

    attribute: str
    operator: str
    expected: Any
    reference: str | None
    timezone: str | None
    actual: Any
    held: bool | None = Field(description="Null where it can't be known.")
    wanted: bool | None = Field(description="What it should have been; null where it is not in the way.")
    note: str


class ConsideredView(Told):
    """One way to the permission, and how it went."""

    outcome: str = Field(description="`granted`, `not_met`, `unknown` or `ended`.")
    role_id: str
    role: str
    group_id: str | None
    group: str | None
    action: str
    ends_at: datetime | None
    conditions: str | None = Field(description="In words; null permits always.")
    comparisons: list[ComparisonView]


class RemedyView(Told):
    """Something that would turn a refusal."""

    kind: str = Field(description="`role`, `condition`, `extend` or `enable`.")
    role_id: str | None
    role: str | None
    is_requestable: bool
    is_conditional: bool
    ended_at: datetime | None
    comparisons: list[ComparisonView]


class DecisionView(View):
    """Whether somebody may do something, and why."""

    permitted: bool
    verdict: str = Field(description="In words.", examples=["maya may read user"])
    reason: str = Field(description="For programs.", examples=["granted", "no_role", "condition_not_met"])
    explanation: str
    user: str
    verb: str
    resource: str
    at: datetime
    path: list[StepView] = Field(description="From the person to the permission; empty for a refusal.")
    considered: list[ConsideredView]
    left_out: int = Field(description="How many more ways were considered than are told.")
    remedies: list[RemedyView]
    changes_at: datetime | None = Field(description="When the answer turns by itself, as far as can be seen.")
    is_redacted: bool = Field(description="Whether it leaves out what is not the person's own to know.")

    @classmethod
    def of(cls, decision: Decision) -> "DecisionView":
        asked = decision.asked
        return cls(
            permitted=decision.permitted,
            verdict=verdict(decision),
            reason=decision.reason,
            explanation=reason_in_words(decision),
            user=asked.user,
            verb=asked.action,
            resource=asked.resource,
            at=asked.at,
            path=[StepView.model_validate(one) for one in decision.path],
            considered=[ConsideredView.model_validate(one) for one in decision.considered],
            left_out=decision.left_out,
            remedies=[RemedyView.model_validate(one) for one in decision.remedies],
            changes_at=decision.changes_at,
            is_redacted=decision.is_redacted,
        )


@decisions.post(
    "/decisions", scope="account:read", body=Question, returns=DecisionView, status=200, only_asks=True
)
def explain_decision(call: Call[Nothing, Question]) -> DecisionView:
    """Ask whether somebody may do something, and why.

    Without `who` it is about oneself, as this very call stands. About others it asks for the scope roles:read and the
    permission permission:read; then the moment, the address, the app and the way of signing in can be supposed.
    """
    asked = call.body
    if asked.who is None:
        if asked.model_fields_set & Circumstances.model_fields.keys():
            raise Invalid(
                "Say who it is about: of oneself, only what is so here and now is told.", field="who"
            )
        user_id, context = call.bearer.user_id, call.bearer.access.context
    else:
        _ensure_may_ask_of_others(call)
        user_id, context = find(call.session, asked.who).id, asked.context(now=call.now)
    decision = decide(call.session, user_id, asked.verb, asked.resource, context=context)
    if decision is None:
        raise UserNotFound
    return DecisionView.of(decision if asked.who else redacted(decision))


def _ensure_may_ask_of_others(call: Call[Any, Any]) -> None:
    if OF_OTHERS not in call.bearer.scopes:
        raise ScopeMissing(OF_OTHERS)
    call.require("read", "permission")
