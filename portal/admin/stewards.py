"""Guards of console pages for people who look after something, whether or not a role lets them into the rest of it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response

from portal.access.repository.reviews import AccessReviews
from portal.access.repository.stewards import Stewards
from portal.admin.console import may
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.signing_in import Principal, current_principal
from portal.infra.errors import NotSignedIn

P = ParamSpec("P")
R = TypeVar("R")


def requires_or(
    is_concerned: Callable[[Principal], bool], action: str, resource: str
) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Like `requires`, and open to whoever is concerned; what exactly concerns them, the view itself asks."""

    def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
        by_permission = requires(action, resource)(view)

        @wraps(by_permission)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            principal = current_principal()
            if principal is not None and not may(action, resource) and is_concerned(principal):
                return view(*args, **kwargs)
            return by_permission(*args, **kwargs)

        return guarded

    return guard


def looks_after_something(principal: Principal) -> bool:
    """Whether requests may come to this person."""
    with reading() as session:
        return bool(Stewards(session).duties_of(principal.user_id))


def reviews_something(principal: Principal) -> bool:
    """Whether any review, finished ones too, is this person's."""
    with reading() as session:
        return bool(AccessReviews(session).page(reviewer=principal.user_id, size=1).items)


def visitor() -> Principal:
    """Who looks at a page behind one of these guards.

    Raises:
        NotSignedIn: the session ended while the page was on its way.
    """
    principal = current_principal()
    if principal is None:
        raise NotSignedIn("Your session has ended. Sign in again.")
    return principal
