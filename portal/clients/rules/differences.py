"""The redirect-URI doctor: which registered address a request probably meant, and what is different about
it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from portal.clients.rules.redirect_uris import LOOPBACK_HOSTS
from portal.clients.rules.uris import Uri, split_uri

Part = Literal["scheme", "userinfo", "host", "port", "path", "query", "fragment", "whitespace"]
Manner = Literal["value", "case", "trailing slash", "encoding", "loopback", "missing", "added"]

# The dearer a part, the less likely that two addresses which differ in it were meant to be one
_COST: Final[dict[Part, int]] = {
    "host": 16, "path": 8, "scheme": 4, "userinfo": 4, "query": 2, "port": 2, "fragment": 2, "whitespace": 1,
}  # fmt: skip
_LONGEST: Final = 2000


@dataclass(frozen=True)
class PartDifference:
    """One part in which two addresses differ. None stands for a part that is not there at all."""

    part: Part
    manner: Manner
    sent: str | None
    registered: str | None

    @property
    def words(self) -> str:
        """`the port`, `the path: a trailing slash`, `the host: upper and lower case`."""
        return f"the {_NAMES[self.part]}{_MANNERS[self.manner]}"

    @property
    def cost(self) -> int:
        return _COST[self.part] if self.manner in {"value", "missing", "added"} else 1


@dataclass(frozen=True)
class Difference:
    """What the app sent, what comes nearest among the registered addresses, and where the two part ways."""

    sent: str
    closest: str | None
    parts: tuple[PartDifference, ...] = ()

    @property
    def sentence(self) -> str:
        if self.closest is None:
            return "This app has no redirect URI registered."
        if not self.parts:
            return "The address is registered."
        return f"They differ in {_listed([difference.words for difference in self.parts])}."


_NAMES: Final[dict[Part, str]] = {
    "scheme": "scheme", "userinfo": "user name before the host", "host": "host", "port": "port",
    "path": "path", "query": "query", "fragment": "part after #",
    "whitespace": "white space around the address",
}  # fmt: skip
_MANNERS: Final[dict[Manner, str]] = {
    "value": "",
    "case": " (upper and lower case)",
    "trailing slash": " (a slash at the end)",
    "encoding": " (percent-encoding)",
    "loopback": " (localhost, 127.0.0.1 and [::1] are three addresses)",
    "missing": " (the app left it out)",
    "added": " (the app added it)",
}


def redirect_uri_difference(sent: str, registered: Iterable[str]) -> Difference:
    """Compare what an app sent with what it may use; total over any text, and bounded in what it reads of
    it.
    """
    sent = sent[:_LONGEST]
    compared = [(_differences(sent, one), one) for one in registered]
    if not compared:
        return Difference(sent, None)
    parts, closest = min(
        compared, key=lambda pair: (sum(part.cost for part in pair[0]), -_common_start(sent, pair[1]))
    )
    return Difference(sent, closest, tuple(parts))


def _differences(sent: str, registered: str) -> list[PartDifference]:
    found: list[PartDifference] = []
    if sent != sent.strip():
        found.append(PartDifference("whitespace", "added", sent, registered))
    ours, theirs = split_uri(registered), split_uri(sent.strip())
    for part in ("scheme", "userinfo", "host", "port", "path", "query", "fragment"):
        one, other = _part(ours, part), _part(theirs, part)
        if one != other:
            found.append(PartDifference(part, _manner(part, sent=other, registered=one), other, one))
    return found


def _part(uri: Uri, part: Part) -> str | None:
    value: str | None = getattr(uri, part)
    return value or None if part == "path" else value


def _manner(part: Part, *, sent: str | None, registered: str | None) -> Manner:
    if part == "path" and (sent or "").rstrip("/") == (registered or "").rstrip("/"):
        return "trailing slash"
    if sent is None:
        return "missing"
    if registered is None:
        return "added"
    if sent.casefold() == registered.casefold():
        return "case"
    if unquote(sent) == unquote(registered):
        return "encoding"
    are_of_this_device = part == "host" and {sent.lower(), registered.lower()} <= LOOPBACK_HOSTS
    return "loopback" if are_of_this_device else "value"


def _common_start(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (here, there) in enumerate(pairs) if here != there), min(len(one), len(other)))


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
