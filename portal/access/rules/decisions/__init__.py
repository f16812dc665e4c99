"""Decisions: what was compiled of a person's permissions, the one resolver over it, and its explanation."""

from portal.access.rules.decisions.compiled import Compiled, Grant, Membership, Way
from portal.access.rules.decisions.deciding import DAYS_AHEAD, Offer, Question, Subject, decide
from portal.access.rules.decisions.decision import Asked, Considered, Decision, Reason, Remedy, Step
from portal.access.rules.decisions.redacting import redacted

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
    "decide",
    "redacted",
]
