"""Decisions in words, the same on pages and on the command line."""

from typing import Final

from portal.access.rules.conditions import Comparison, comparison_in_words, value_in_words
from portal.access.rules.decisions.decision import Considered, Decision, Outcome, Reason, Remedy

_REASONS: Final = {
    Reason.INACTIVE: "The account is disabled; nothing that it holds counts.",
    Reason.UNKNOWN_RESOURCE: "There is no resource of this name, so no role permits anything on it.",
    Reason.NO_ROLE: "No role of theirs permits it.",
    Reason.ENDED: "A role of theirs permitted it, and has ended.",
    Reason.CONDITION: "A role of theirs permits it, but only under conditions that are not met.",
}
_OUTCOMES: Final[dict[Outcome, str]] = {
    "granted": "permits it",
    "not_met": "conditions not met",
    "unknown": "conditions not known to be met",
    "ended": "has ended",
}
_NOTES: Final = {
    "missing": "nothing is known of it",
    "reference_missing": "nothing is known of what it is compared to",
    "wrong_type": "they are of different kinds",
    "malformed": "the condition can't be read",
}


def verdict(decision: Decision, *, who: str | None = None) -> str:
    """`maya may not read user`; `who` may say `You`."""
    asked = decision.asked
    may = "may" if decision.permitted else "may not"
    return f"{who or asked.user} {may} {asked.action} {asked.resource}"


def reason_in_words(decision: Decision) -> str:
    """Why, in a sentence."""
    if not decision.permitted:
        words = _REASONS.get(decision.reason, "")
        return words.replace("of theirs", "of yours") if decision.is_redacted else words
    role = next((step.label for step in decision.path if step.kind == "role"), "")
    group = next((step.label for step in decision.path if step.kind == "group"), None)
    return f"By the role {role}" + (f", which the group {group} gives." if group else ".")


def outcome_in_words(one: Considered) -> str:
    """How one way to the permission went."""
    return _OUTCOMES[one.outcome]


def way_in_words(one: Considered) -> str:
    """`clerk, by the group finance`."""
    return f"{one.role}, by the group {one.group}" if one.group else one.role


def wanted_in_words(one: Comparison) -> str:
    """What would have to be so."""
    words = comparison_words(one)
    return words if one.wanted is not False else f"not: {words}"


def comparison_words(one: Comparison) -> str:
    return comparison_in_words(
        one.attribute, one.operator, one.expected, reference=one.reference, timezone=one.timezone
    )


def actual_in_words(one: Comparison) -> str:
    """What was so, with the reason where nothing can be said."""
    told = "not known" if one.actual is None else value_in_words(one.actual)
    note = _NOTES.get(one.note, "")
    return f"{told}: {note}" if note and one.note != "missing" else told


def remedy_in_words(remedy: Remedy) -> str:
    """What somebody could do about it."""
    match remedy.kind:
        case "enable":
            return "Enable the account"
        case "extend":
            more = " and meet its conditions" if remedy.is_conditional else ""
            return f"Hold the role {remedy.role} again{more}"
        case "role":
            more = " and meet its conditions" if remedy.is_conditional else ""
            return f"Hold the role {remedy.role}{more}"
        case _:
            return f"Meet the conditions of the role {remedy.role}"
