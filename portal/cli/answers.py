"""What the resolver answers, as lines of a terminal."""

from collections.abc import Iterator, Mapping
from typing import Final

from portal.access.rules.decisions import (
    Considered,
    Decision,
    actual_in_words,
    comparison_words,
    outcome_in_words,
    reason_in_words,
    remedy_in_words,
    verdict,
    wanted_in_words,
    way_in_words,
)
from portal.access.schemas.explain import Explain
from portal.access.services.decisions import decide
from portal.accounts.errors import UserNotFound
from portal.cli.naming import person_named
from portal.cli.opening import opened_portal

_HELD: Final = {True: "yes", False: "no", None: "unknown"}


def answer(given: Mapping[str, str]) -> Decision:
    """What `decide` says of the question.

    Raises:
        ValidationError: a part can't be read.
        NotFound: nobody has that name.
    """
    question = Explain.model_validate(given)
    with opened_portal() as portal, portal.reading() as session:
        person = person_named(session, question.who)
        context = question.context(now=portal.ports.clock.now())
        decision = decide(session, person.id, question.verb, question.resource, context=context)
    if decision is None:
        raise UserNotFound
    return decision


def told(decision: Decision) -> Iterator[str]:
    """The answer, line by line, the verdict first."""
    yield verdict(decision)
    yield reason_in_words(decision)
    if decision.path:
        yield "Path: " + " > ".join(step.label for step in decision.path)
    if decision.changes_at is not None:
        turned = "no" if decision.permitted else "yes"
        yield f"Turns to {turned} by itself at {decision.changes_at.isoformat(timespec='seconds')}"
    for one in decision.considered:
        yield from _considered(one)
    if decision.left_out:
        yield f"… and {decision.left_out} more"
    if decision.remedies:
        yield "What would change it:"
    for remedy in decision.remedies:
        wanted = "; ".join(wanted_in_words(comparison) for comparison in remedy.comparisons)
        yield f"  {remedy_in_words(remedy)}" + (f": {wanted}" if wanted else "")


def _considered(one: Considered) -> Iterator[str]:
    ends = f", until {one.ends_at.isoformat(timespec='seconds')}" if one.ends_at else ""
    yield f"Considered: {way_in_words(one)}{ends}: {outcome_in_words(one)}"
    for comparison in one.comparisons:
        yield f"  {comparison_words(comparison)}: {_HELD[comparison.held]}, it was {actual_in_words(comparison)}"
