"""Decisions: what was compiled of a person's permissions, the one resolver over it, and its explanation."""

from portal.access.rules.decisions.compiled import Compiled, Grant, Membership, Way
from portal.access.rules.decisions.deciding import DAYS_AHEAD, Offer, Question, Subject, decide
from portal.access.rules.decisions.decision import Asked, Considered, Decision, Reason, Remedy, Step
from portal.access.rules.decisions.redacting import redacted
from portal.access.rules.decisions.telling import (
    actual_in_words,
    comparison_words,
    outcome_in_words,
    reason_in_words,
    remedy_in_words,
    verdict,
    wanted_in_words,
    way_in_words,
)

__all__ = [
    "DAYS_AHEAD",
    "Asked",
    "Compiled",
    "Considered",
    "Decision",
    "Grant",
    "Membership",
    "Offer",
    "Question",
    "Reason",
    "Remedy",
    "Step",
    "Subject",
    "Way",
    "actual_in_words",
    "comparison_words",
    "decide",
    "outcome_in_words",
    "reason_in_words",
    "redacted",
    "remedy_in_words",
    "verdict",
    "wanted_in_words",
    "way_in_words",
]
