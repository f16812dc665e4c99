"""Flask without what it does at every request for others: no view here is a coroutine, and programs send no cookie."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from flask.globals import request_ctx
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.routing import MapAdapter, Rule

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Before = Callable[[], None]
After = Callable[[Response], Response]


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
    """The application. Endpoints that programs ask all the time (`answer_directly`) are found by their address alone,
    and what guards the pages of people, their cookies and forms, has nothing to do there.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Flask takes them
        super().__init__(*args, **kwargs)
        self.session_interface = StateCookies(self)
        self._direct: dict[tuple[str, str], Rule] = {}
        self._always_before: list[Before] = []
        self._always_after: list[After] = []

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view here is a coroutine, so none is asked whether it is one, a dozen times a request."""
        return func

    def always(self, *, before: Before | None = None, after: After | None = None) -> None:
        """Do this at requests of people and programs alike; what is registered otherwise is for people only."""
        if before is not None:
            self.before_request(before)
            self._always_before.append(before)
        if after is not None:
            self.after_request(after)
            self._always_after.insert(0, after)

    def answer_directly(self, *endpoints: str) -> None:
        """These have one address each and no parameters in it. No cookie counts there, so none is read."""
        for rule in self.url_map.iter_rules():
            if rule.endpoint in endpoints:
                self._direct |= {(method, rule.rule): rule for method in rule.methods or ()}

    def request_context(self, environ: "WSGIEnvironment") -> RequestContext:
        rule = self._direct.get((environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")))
        if rule is None:
            return super().request_context(environ)
        request = self.request_class(environ)
        request.url_rule, request.view_args = rule, {}
        request.json_module = self.json
        return DirectContext(self, environ, request, self.session_interface.session_class())  # type: ignore[attr-defined]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """None where the rule is known already: nothing has to look for it."""
        return super().create_url_adapter(request) if request is None or request.url_rule is None else None

    def preprocess_request(self) -> Any:  # noqa: ANN401 - whatever a view may answer with
        if not _is_direct():
            return super().preprocess_request()
        for before in self._always_before:
            before()
        return None

    def process_response(self, response: Response) -> Response:
        if not _is_direct():
            return super().process_response(response)
        for after in (*request_ctx._after_request_functions, *self._always_after):  # noqa: SLF001 - as Flask does here
            response = cast(After, after)(response)
        return response


class DirectContext(RequestContext):
    """Of a request whose rule is known. What builds addresses is made for whoever wants one."""

    @property
    def url_adapter(self) -> MapAdapter | None:
        """None until the context is pushed: Flask would look for the rule by it."""
        return Flask.create_url_adapter(self.app, self.request) if "is_pushed" in self.__dict__ else None

    @url_adapter.setter
    def url_adapter(self, _: MapAdapter | None) -> None:
        """Flask has none to give at the beginning."""

    def push(self) -> None:
        super().push()
        self.is_pushed = True


def _is_direct() -> bool:
    return isinstance(request_ctx._get_current_object(), DirectContext)  # type: ignore[attr-defined]  # noqa: SLF001
