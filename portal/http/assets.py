"""Static files under addresses that carry their hash, so that browsers keep them for good; compressed once."""

import gzip
import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for

FOREVER_SECONDS = 31_536_000
COMPRESSED = {".css", ".js", ".svg", ".html"}


def serve_assets(app: Flask) -> None:
    """`asset_url` and `asset_integrity` for templates, and what static answers carry."""
    app.jinja_env.globals["asset_url"] = asset_url
    app.jinja_env.globals["asset_integrity"] = asset_integrity
    app.after_request(_polish)


def asset_url(path: str) -> str:
    """`/static/css/portal.css?v=<hash>`; without the file, the bare address (and a 404 that shows in the log). Each is
    put together once a request: a page has as many icons as its lists have rows.
    """
    known: dict[str, str] = g.setdefault("asset_urls", {})
    if path not in known:
        known[path] = _address_of(path)
    return known[path]


def _address_of(path: str) -> str:
    folder = current_app.static_folder or "static"
    try:
        changed = os.stat(f"{folder}/{path}").st_mtime_ns  # noqa: PTH116 - a third of the time, for each icon of a list
    except FileNotFoundError:
        return url_for("static", filename=path)
    return _versioned(folder, path, changed)


def asset_integrity(path: str) -> str:
    """The `integrity` value of a third-party file, as the set-up step computed it."""
    manifest = Path(current_app.static_folder or "static", "vendor", "manifest.json")
    return str(_manifest(str(manifest), manifest.stat().st_mtime_ns).get(path, {}).get("integrity", ""))


@lru_cache(maxsize=256)
def _versioned(folder: str, path: str, changed: int) -> str:
    return url_for("static", filename=path, v=_version(f"{folder}/{path}", changed))


@lru_cache(maxsize=256)
def _version(file: str, _changed: int) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=4)
def _manifest(file: str, _changed: int) -> dict[str, dict[str, str]]:
    entries = json.loads(Path(file).read_text(encoding="utf-8"))
    return entries if isinstance(entries, dict) else {}


@lru_cache(maxsize=64)
def _compressed(file: str, _changed: int) -> bytes:
    return gzip.compress(Path(file).read_bytes(), 9, mtime=0)


def _polish(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code != 200:
        return response
    response.headers["Cache-Control"] = (
        f"public, max-age={FOREVER_SECONDS}, immutable" if request.args.get("v") else "public, max-age=300"
    )
    file = Path(current_app.static_folder or "static", (request.view_args or {}).get("filename", ""))
    if file.suffix in COMPRESSED:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.best_match(["gzip", "identity"]) == "gzip":
            response.close()  # the file that would have been sent as it is
            response.direct_passthrough = False
            response.set_data(_compressed(str(file), file.stat().st_mtime_ns))
            response.headers["Content-Encoding"] = "gzip"
            response.headers.pop("ETag", None)
            response.headers.pop("Accept-Ranges", None)
    return response
