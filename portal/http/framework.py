"""Flask without what it does at every request for others: no view here is a coroutine, and programs send no cookie."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


class StateCookies(SecureCookieSessionInterface):
    """The signed cookie, read only where one was sent, by a serializer that is made once."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def get_signing_serializer(self, app: Flask) -> Any:  # noqa: ANN401 - a type of a package that is Flask's own affair
        return self._serializer if app is self._app else super().get_signing_serializer(app)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed or session.modified:
            super().save_session(app, session, response)

    @cached_property
    def _serializer(self) -> Any:  # noqa: ANN401
        return super().get_signing_serializer(self._app)


class LeanFlask(Flask):
    """The application."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Flask takes them
        super().__init__(*args, **kwargs)
        self.session_interface = StateCookies(self)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view here is a coroutine, so none is asked whether it is one, a dozen times a request."""
        return func
