"""Throttles of routes: per address, before anything else is done for the visitor; and what is remembered of them."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

import structlog
from flask import request
from sqlalchemy.exc import SQLAlchemyError

from portal.audit.events import TriesThrottled
from portal.http.context import client_ip, current_portal, unit_of_work
from portal.infra.errors import Limited
from portal.infra.rate_limit import EVERYONE, Rule, Throttled

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

REMEMBERED: Final = Rule(1, seconds=60)
REMEMBERED_ALL: Final = Rule(60, seconds=60)
"""However many addresses a flood comes from, its entries in the audit log are few."""

MINUTES_FROM: Final = 90
"""Seconds from which on minutes are said."""


def throttle(name: str, rule: Rule, *, subject: str | None = None) -> None:
    """Count one try of this address (or of `subject`).

    Raises:
        Limited: with the seconds to wait.
    """
    who = subject or client_ip() or "unknown"
    outcome = current_portal().ports.limiter.hit(name, who, rule)
    if isinstance(outcome, Throttled):
        note_throttled(name, who)
        seconds = outcome.retry_after_seconds
        raise Limited(
            f"There were too many tries from your network. Wait {in_words(seconds)}, then try again.",
            retry_after_seconds=seconds,
        )


def in_words(seconds: int) -> str:
    """How long to wait, as the page below it says it again (`templates/errors/error.html`): rather too long."""
    number, unit = (seconds, "second") if seconds < MINUTES_FROM else ((seconds + 59) // 60, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def note_throttled(name: str, who: str) -> None:
    """Count a refusal, and remember the first of each minute for an address and a rule. Being told to wait never fails
    for want of a database.
    """
    ports = current_portal().ports
    ports.metrics.throttled(name)
    for rule, subject, limit in (
        (f"remember_{name}", who, REMEMBERED),
        ("remember", EVERYONE, REMEMBERED_ALL),
    ):
        if isinstance(ports.limiter.hit(rule, subject, limit), Throttled):
            return
    try:
        with unit_of_work() as uow:
            uow.publish(TriesThrottled(reason=f"{name}_limit"))
    except SQLAlchemyError as away:
        log.warning("throttle_not_remembered", rule=name, kind=type(away).__name__)


def throttled(name: str, rule: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Throttle a view's POSTs; looking at a page costs nothing."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if request.method == "POST":
                throttle(name, rule)
            return view(*args, **kwargs)

        return guarded

    return guard
