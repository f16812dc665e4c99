"""Throttles of routes: per address, before anything else is done for the visitor."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from portal.http.context import client_ip, current_portal
from portal.infra.errors import Limited
from portal.infra.rate_limit import Rule, Throttled

P = ParamSpec("P")
R = TypeVar("R")


def throttle(name: str, rule: Rule, *, subject: str | None = None) -> None:
    """Count one try of this address (or of `subject`).

    Raises:
        Limited: with the seconds to wait.
    """
    outcome = current_portal().ports.limiter.hit(name, subject or client_ip() or "unknown", rule)
    if isinstance(outcome, Throttled):
        current_portal().ports.metrics.throttled(name)
        seconds = outcome.retry_after_seconds
        wait = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
        raise Limited(
            f"There were too many tries from your network. Wait {wait}, then try again.",
            retry_after_seconds=seconds,
        )


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
