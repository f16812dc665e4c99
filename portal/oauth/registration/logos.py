"""Pictures of apps, fetched by the portal and shown from here.

A page that took them from the app's own server would tell that server who is about to sign in, from where and when,
before anybody has agreed to anything; and it would need a Content Security Policy that names foreign hosts.
"""

import base64
import hashlib
from typing import Final
from uuid import UUID

from flask import Response, abort

from portal.clients.repository import Clients
from portal.http.context import current_portal, reading
from portal.http.throttles import throttle
from portal.infra.cache import Json, cached
from portal.infra.fetch import FetchError
from portal.infra.rate_limit import CLIENT_DOCUMENT

KEEP_SECONDS: Final = 86_400
KEEP_NOTHING_SECONDS: Final = 600
BROWSER_SECONDS: Final = 3600
# No SVG: it is a document with scripts, and pictures are all that a page needs.
_BEGINNINGS: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_ACCEPT: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_NONE: Final = ""


def logo(client_pk: UUID) -> Response:
    """The app's picture; 404 if it has none that can be had, which leaves its initial's place empty."""
    portal = current_portal()
    with reading() as session:
        client = Clients(session).find(client_pk)
    if client is None or client.logo_uri is None or not client.is_active:
        abort(404)
    uri = client.logo_uri
    key = _key(uri)
    if portal.ports.cache.get(f"{key}:none") is not None:
        abort(404)
    picture = _fetched(portal.ports.cache, uri)
    if not isinstance(picture, str):
        portal.ports.cache.set(f"{key}:none", _NONE, ttl_seconds=KEEP_NOTHING_SECONDS)
        abort(404)
    body = base64.b64decode(picture)
    response = Response(body, content_type=kind_of_picture(body) or "application/octet-stream")
    response.headers["Cache-Control"] = f"private, max-age={BROWSER_SECONDS}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def kind_of_picture(body: bytes) -> str | None:
    """What the bytes are, whatever the server called them; None if they are no picture that we show."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in _BEGINNINGS.items() if body.startswith(beginning)), None)


def _key(uri: str) -> str:
    return f"logo:{hashlib.sha256(uri.encode()).hexdigest()}"


@cached(_key, ttl_seconds=KEEP_SECONDS)
def _fetched(uri: str) -> Json:
    """The picture as text, or None. Few are fetched for one visitor: each one takes a worker's time."""
    throttle("logo", CLIENT_DOCUMENT)
    try:
        body = current_portal().ports.fetcher.get(uri, accept=_ACCEPT).body
    except FetchError:
        return None
    return base64.b64encode(body).decode() if kind_of_picture(body) else None
