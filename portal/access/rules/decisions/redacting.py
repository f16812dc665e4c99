"""The explanation as the person themselves may read it: why they were refused, and nothing about anybody else.

They see their own roles, the groups they are in, and what the portal asks of the way they came (time, sign-in). What
operators noted about people and resources, and values that may name other people, stay out.
"""

from dataclasses import replace
from typing import Final

from portal.access.rules.conditions import HIDDEN, Comparison, Json, comparison_in_words
from portal.access.rules.decisions.decision import Considered, Decision, Reason, Remedy

OPEN_EXPECTATIONS: Final = frozenset({
    "context.time", "context.weekday", "context.date", "context.now", "context.auth_age_seconds", "context.amr",
    "context.acr", "subject.email_verified",
})  # fmt: skip
"""What they may know is wanted: it speaks of nobody."""
OWN_VALUES: Final = frozenset({
    "subject.id", "subject.username", "subject.email", "subject.email_domain", "subject.email_verified",
    "subject.name", "subject.locale", "subject.zoneinfo", "subject.created_at", "subject.roles", "subject.groups",
})  # fmt: skip
"""What they know of themselves anyway; what operators noted beyond it they don't."""


def redacted(decision: Decision) -> Decision:
    """For the person that was asked about. Ways that have not been theirs for long are theirs all the same."""
    # whether a thing of that name exists is not everybody's to know
    is_unknown = decision.reason is Reason.UNKNOWN_RESOURCE
    return replace(
        decision,
        reason=Reason.NO_ROLE if is_unknown else decision.reason,
        considered=tuple(_considered(one) for one in decision.considered),
        remedies=tuple(_remedy(one) for one in decision.remedies if one.kind != "role" or one.is_requestable),
        is_redacted=True,
    )


def _considered(one: Considered) -> Considered:
    comparisons = tuple(_comparison(comparison) for comparison in one.comparisons)
    return replace(one, conditions=_words(comparisons) if one.conditions else None, comparisons=comparisons)


def _remedy(one: Remedy) -> Remedy:
    return replace(one, comparisons=tuple(_comparison(comparison) for comparison in one.comparisons))


def _comparison(one: Comparison) -> Comparison:
    shows_expected = (
        one.attribute in OPEN_EXPECTATIONS and one.reference is None
    ) or one.operator == "exists"
    shows_actual = one.attribute in OWN_VALUES or one.attribute.startswith("context.")
    hidden: Json = HIDDEN
    return replace(
        one,
        expected=one.expected if shows_expected else hidden,
        reference=None,
        actual=one.actual if shows_actual or one.actual is None else hidden,
    )


def _words(comparisons: tuple[Comparison, ...]) -> str:
    """Which things are looked at; how they hang together could tell more than it explains."""
    told = dict.fromkeys(
        comparison_in_words(one.attribute, one.operator, one.expected, timezone=one.timezone)
        for one in comparisons
    )
    return "; ".join(told)
