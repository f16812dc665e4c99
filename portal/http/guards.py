"""Guards of routes: they ask the resolver of `access`, with what is known of the request, and nothing else."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from portal.http.pages import is_htmx, see_other
from portal.http.refusals import refuse
from portal.http.signing_in import current_principal

P = ParamSpec("P")
R = TypeVar("R")


def to_sign_in() -> Response:
    """To the sign-in page and back here afterwards; a POST comes back to the page that it was sent from."""
    back = request.full_path.rstrip("?") if request.method != "POST" and not is_htmx() else request.path
    return see_other(f"/login?{urlencode({'next': back})}")


def signed_in(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Only for people who are signed in; others are asked to."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        return view(*args, **kwargs) if current_principal() is not None else to_sign_in()

    return guarded


def requires(action: str, resource: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Only for people who may do `action` on `resource`, here and now: else sign-in, or a no that is remembered."""

    def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            principal = current_principal()
            if principal is None:
                return to_sign_in()
            if not principal.may(action, resource):
                raise refuse(principal, action, resource)
            return view(*args, **kwargs)

        guarded.required_permission = (resource, action)  # type: ignore[attr-defined]
        return guarded

    return guard
