"""Discovery and the keys, answered before the framework does any work: bytes that are ready, and their tag.

Apps and their libraries fetch these more often than anything else, and the answer is the same for everybody. Only a
plain GET is answered here; every other method, and whatever goes wrong, is the application's.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from werkzeug.http import parse_etags

from portal.bootstrap import Portal
from portal.http.observe import new_request_id
from portal.http.security import DATA_POLICY, fixed_headers
from portal.oauth.documents import Document

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

_SAID: Final = {
    status: f"{status.value} {status.phrase}" for status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
}


class PreparedDocuments:
    """A WSGI layer around the application: for these paths an answer that waits, for all others nothing."""

    def __init__(
        self, app: "WSGIApplication", portal: Portal, documents: Mapping[str, Callable[[], Document]]
    ) -> None:
        self._app, self._metrics, self._documents = app, portal.ports.metrics, documents
        self._fixed = [*fixed_headers(portal.settings).items(), ("Content-Security-Policy", DATA_POLICY)]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        find = self._documents.get(path)
        if find is None or environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start_response)
        started = time.perf_counter()
        try:
            document = find()
        except Exception as problem:  # noqa: BLE001 - the application has words for it, and an id to ask about
            log.warning("document_not_ready", kind=type(problem).__name__)
            return self._app(environ, start_response)
        self._metrics.request_started()
        status, body = HTTPStatus.OK, document.body
        headers = [*document.headers, *self._fixed, ("X-Request-ID", new_request_id())]
        if _is_known(document, environ.get("HTTP_IF_NONE_MATCH")):
            status, body = HTTPStatus.NOT_MODIFIED, b""
        else:
            headers += document.headers_of_body
        start_response(_SAID[status], headers)
        self._metrics.request_finished("GET", path, status, time.perf_counter() - started)
        return [body]


def _is_known(document: Document, tags: str | None) -> bool:
    """Whether the caller has this very copy (RFC 9110 section 13.1.2)."""
    return tags is not None and (tags == document.quoted or parse_etags(tags).contains_weak(document.etag))
