"""The redirect-URI doctor's findings: what was sent, how a browser reads it, whether it is accepted, and what is
different about it, to the character.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final, Literal
from urllib.parse import parse_qsl

from portal.clients.rules.browser_reading import BrowserReading, browser_reading
from portal.clients.rules.differences import Difference, redirect_uri_difference
from portal.clients.rules.presets import ClientKind
from portal.clients.rules.redirect_uris import (
    LOOPBACK_HOSTS,
    MAX_COUNT,
    MAX_LENGTH,
    MESSAGES,
    redirect_uri_matches,
    redirect_uri_problems,
)
from portal.clients.rules.uris import split_uri

LONGEST_ALIGNED: Final = 300
"""Of the part between a common beginning and a common end; a longer one differs as a whole."""
LEAST_ALIKE: Final = 0.5
"""Parts of an address that have less in common are two, and not one with mistakes in it."""
_PARTS: Final = re.compile(r"([^:/?#]*:)?(//)?([^/?#]*?)(:[0-9]*)?([/?#].*|)", re.DOTALL)
_AFTER_HOST: Final = re.compile(r"([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)

PieceKind = Literal["same", "sent", "registered"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of characters that both addresses have, or only one of them."""

    kind: PieceKind
    text: str

    @property
    def shown(self) -> str:
        """The same with every character that nobody would see written as its number."""
        return "".join(
            sign if sign.isprintable() and sign != " " else f"⟨{name_of(sign)}⟩" for sign in self.text
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The address beside one that is registered."""

    difference: Difference
    pieces: tuple[Piece, ...]

    @property
    def registered(self) -> str:
        return self.difference.closest or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Everything that can be said of an address for one app."""

    sent: str
    is_taken_from_request: bool
    """Whether a whole request was given, and the address is the `redirect_uri` in it."""
    is_accepted: bool
    is_exact: bool
    """False for a native app whose port is the only difference (RFC 8252 section 7.3)."""
    comparisons: tuple[Comparison, ...]
    """With each registered address, the nearest first; with the one alone that it is, if it is one."""
    reading: BrowserReading
    problems: tuple[str, ...]
    """Why it could not be registered, in words."""

    @property
    def may_be_registered(self) -> bool:
        return not self.is_accepted and not self.problems

    @property
    def consequences(self) -> tuple[str, ...]:
        """What it means to register it, before somebody does."""
        host, scheme = self.reading.host, self.reading.scheme
        if scheme not in {"http", "https"}:
            whose = f"Whichever app of a device claims {scheme}: gets the codes of people who sign in there."
            return (whose,)
        if host in LOOPBACK_HOSTS:
            return (
                "Whichever program of a person's own device listens there gets the codes of that person.",
            )
        known = {split_uri(one.registered).host for one in self.comparisons}
        stranger = f"No other address of this app is on {host}." if host not in known else ""
        return tuple(
            filter(None, (f"Whoever answers on {host} gets the codes of people who sign in.", stranger))
        )


def diagnose(text: str, registered: Sequence[str], *, kind: ClientKind) -> Diagnosis:
    """What a request with this address would meet; total over any text."""
    within = address_within(text[: 4 * MAX_LENGTH])
    sent = (within or text)[: MAX_LENGTH + 1]
    is_exact = sent in registered
    compared = [_comparison(sent, one) for one in ([sent] if is_exact else registered)]
    problems = [MESSAGES[problem] for problem in redirect_uri_problems(sent, kind=kind)]
    if not is_exact and len(registered) >= MAX_COUNT:
        problems.append(f"The app has {MAX_COUNT} addresses already; remove one first")
    return Diagnosis(
        sent=sent,
        is_taken_from_request=within is not None,
        is_accepted=redirect_uri_matches(sent, registered, kind=kind),
        is_exact=is_exact,
        comparisons=tuple(sorted(compared, key=lambda one: sum(part.cost for part in one.difference.parts))),
        reading=browser_reading(sent),
        problems=tuple(dict.fromkeys(problems)),
    )


def address_within(text: str) -> str | None:
    """The `redirect_uri` of a whole authorization request that somebody copied from a browser or a log."""
    query = split_uri(text.strip()).query
    found = [
        value for name, value in parse_qsl(query or "", keep_blank_values=True) if name == "redirect_uri"
    ]
    return found[0] if len(found) == 1 and found[0] else None


def pieces_of(sent: str, registered: str) -> tuple[Piece, ...]:
    """Both addresses at once, in order: what they share, and what only one of them has. A host is laid beside a host,
    and a path beside a path.
    """
    found = (
        piece
        for mine, theirs in zip(_parts_of(sent), _parts_of(registered), strict=True)
        for piece in _aligned(mine, theirs)
        if piece.text
    )
    return tuple(
        Piece(kind, "".join(piece.text for piece in run))
        for kind, run in groupby(found, key=lambda piece: piece.kind)
    )


def _parts_of(address: str) -> tuple[str, ...]:
    """Scheme, slashes, host, port, path, query and fragment, with their signs; together they are the address again."""
    match = _PARTS.fullmatch(address)
    scheme, slashes, host, port, rest = match.groups("") if match else ("", "", address, "", "")
    after = _AFTER_HOST.fullmatch(rest)
    return (scheme, slashes, host, port, *(after.groups("") if after else (rest, "", "")))


def _aligned(mine: str, theirs: str) -> Iterable[Piece]:
    """Two parts to the character, if they are alike."""
    pieces = list(_pieces(mine, theirs))
    alike = sum(len(piece.text) for piece in pieces if piece.kind == "same")
    if 2 * alike < LEAST_ALIKE * (len(mine) + len(theirs)):
        return (Piece("registered", theirs), Piece("sent", mine))
    return pieces


def _pieces(sent: str, registered: str) -> Iterator[Piece]:
    start = _common(sent, registered)
    end = _common(sent[start:][::-1], registered[start:][::-1])
    mine, theirs = sent[start : len(sent) - end], registered[start : len(registered) - end]
    yield Piece("same", sent[:start])
    if max(len(mine), len(theirs)) > LONGEST_ALIGNED:
        yield from (Piece("registered", theirs), Piece("sent", mine))
    else:
        for tag, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
            if tag == "equal":
                yield Piece("same", mine[a:b])
            else:
                yield from (Piece("registered", theirs[c:d]), Piece("sent", mine[a:b]))
    yield Piece("same", sent[len(sent) - end :] if end else "")


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (here, there) in enumerate(pairs) if here != there), min(len(one), len(other)))


def _comparison(sent: str, registered: str) -> Comparison:
    return Comparison(redirect_uri_difference(sent, [registered]), pieces_of(sent, registered))


def name_of(sign: str) -> str:
    """What to write for a character that would not be seen."""
    return {" ": "space", "\t": "tab", "\n": "line break", "\r": "line break"}.get(sign, f"U+{ord(sign):04X}")
