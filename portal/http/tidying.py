"""Addresses of lists say what is wanted, and nothing else.

A search form sends all its fields, those that were left empty too. The portal's script leaves these out; where there is
no script, the page sends its visitor on to the address without them.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Response, request, url_for

from portal.http.pages import is_htmx, see_other

P = ParamSpec("P")
R = TypeVar("R")


def tidy_address(view: Callable[P, R]) -> Callable[P, R | Response]:
    """For pages with a search form, outside of their guard: nothing has been asked of the database yet."""

    @wraps(view)
    def tidied(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if request.method != "POST" and "" in request.args.values() and not is_htmx():
            return see_other(_without_empty())
        return view(*args, **kwargs)

    return tidied


def _without_empty() -> str:
    """This address with everything in it that says something, in the same order."""
    path = url_for(request.endpoint or "", **(request.view_args or {}))
    said = [(name, text) for name, text in request.args.items(multi=True) if text]
    return f"{path}?{urlencode(said)}" if said else path
