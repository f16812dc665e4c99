"""How a browser reads an address (WHATWG URL), which is not always how it is written: that is where attacks live."""

import re
from dataclasses import dataclass
from typing import Final

from portal.clients.rules.redirect_uris import is_host
from portal.clients.rules.uris import Uri, split_uri

SPECIAL: Final = {"http": "80", "https": "443"}
"""Schemes whose addresses browsers mend: others they leave as they are."""

_REMOVED: Final = re.compile(r"[\t\n\r]")
_TRIMMED: Final = "".join(chr(number) for number in range(0x21))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserReading:
    """Where a browser would go, part by part, and what it would mend on the way."""

    scheme: str
    host: str
    port: str
    path: str
    query: str | None
    fragment: str | None
    remarks: tuple[str, ...]
    """Each in words: what is written, and what a browser makes of it."""

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Labels and values, without what is not there."""
        named = (
            ("Scheme", self.scheme), ("Host", self.host), ("Port", self.port), ("Path", self.path),
            ("Query", self.query), ("After #", self.fragment),
        )  # fmt: skip
        return [(label, value) for label, value in named if value]


def browser_reading(text: str) -> BrowserReading:
    """Total over any text. It shows what a person should look at, and no rule of the protocol rests on it."""
    remarks = _remarks_on_text(text)
    mended = _REMOVED.sub("", text.strip(_TRIMMED))
    scheme = (split_uri(mended).scheme or "").lower()
    if scheme in SPECIAL and "\\" in mended:
        remarks.append("A browser reads a backslash as a slash, so the host may be another one.")
        mended = mended.replace("\\", "/")
    parts = split_uri(mended)
    host = (parts.host or "").lower() if scheme in SPECIAL else parts.host or ""
    remarks += _remarks_on_host(parts, host, scheme)
    remarks += _remarks_on_rest(parts, scheme)
    return BrowserReading(
        scheme=scheme,
        host=host,
        port=parts.port or SPECIAL.get(scheme, ""),
        path=_resolved(parts.path) if scheme in SPECIAL else parts.path,
        query=parts.query,
        fragment=parts.fragment,
        remarks=tuple(remarks),
    )


def _remarks_on_text(text: str) -> list[str]:
    remarks = []
    if text != text.strip(_TRIMMED):
        remarks.append("There is white space around it. A browser drops it; the portal compares it.")
    if _REMOVED.search(text.strip(_TRIMMED)):
        remarks.append("There is a tab or a line break inside. A browser drops it without a word.")
    if any(not sign.isprintable() for sign in _REMOVED.sub("", text)):
        remarks.append("There are characters that nobody sees.")
    if not text.isascii():
        remarks.append(
            "There are letters beyond ASCII: a name may look like another one and be registered by others."
        )
    return remarks


def _remarks_on_host(parts: Uri, host: str, scheme: str) -> list[str]:
    remarks = []
    if not parts.scheme:
        remarks.append("Without a scheme a browser takes it for a path on the page where it stands.")
    if parts.userinfo is not None:
        remarks.append(f"What stands before the @ is a user name. The host is {host or 'missing'}.")
    if scheme in SPECIAL and parts.host and parts.host != host:
        remarks.append("A browser writes the host in lower case.")
    if scheme in SPECIAL and host and not is_host(host):
        remarks.append("The host is no plain name or address; a browser may turn it into another one.")
    if parts.port is not None and parts.port == SPECIAL.get(scheme):
        remarks.append(
            f"The port {parts.port} is the usual one of {scheme}. A browser leaves it out; the portal compares it."
        )
    return remarks


def _remarks_on_rest(parts: Uri, scheme: str) -> list[str]:
    remarks = []
    if scheme in SPECIAL and _resolved(parts.path) != (parts.path or "/"):
        remarks.append("A browser resolves . and .. in the path before it sends it.")
    if "%" in parts.path:
        remarks.append(
            "The path is percent-encoded. Servers may decode it; the portal compares it as it is written."
        )
    if parts.fragment is not None:
        remarks.append("What follows # stays in the browser and never reaches a server.")
    return remarks


def _resolved(path: str) -> str:
    """Dot segments taken out (WHATWG URL path state), encoded dots included."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for number, segment in enumerate(segments):
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
        if plain in {".", ".."} and number == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)
