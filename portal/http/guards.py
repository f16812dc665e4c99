"""Guards of routes. They say who may enter; what an entry may touch is decided by the resolver of `access`."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from portal.http.pages import is_htmx, see_other
from portal.http.signing_in import current_principal
from portal.infra.errors import Forbidden

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
    """Only for people whose roles permit `action` on `resource`: else sign-in (401) or a refusal (403)."""

    def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            principal = current_principal()
            if principal is None:
                return to_sign_in()
            if not principal.may(action, resource):
                raise Forbidden(
                    f"Your account has no permission for {resource}:{action}. "
                    "An administrator can give you a role that has it.",
                    code="permission_missing",
                )
            return view(*args, **kwargs)

        guarded.required_permission = (resource, action)  # type: ignore[attr-defined]
        return guarded

    return guard
