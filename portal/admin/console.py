"""What all pages of the console share: the frame, filters in addresses, and ids that came in with one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, TypeVar
from uuid import UUID

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from portal.access.repository.stewards import Stewards
from portal.accounts.repository import Users
from portal.clients.repository import Clients
from portal.http.concerns import count_waiting
from portal.http.context import current_portal, reading
from portal.http.pages import is_htmx, respond
from portal.http.signing_in import current_principal
from portal.infra.cache import Json, cached
from portal.infra.errors import NotFound
from portal.infra.outbox import Outbox
from portal.infra.repository import Page

T = TypeVar("T")

SEARCH_LENGTH: Final = 100
PEOPLE_COUNT_SECONDS: Final = 20
"""Counting people reads the whole index; a number beside a menu may be a little old."""
QUIET: Final = frozenset({"groups", "outbox", "requests"})
"""Numbers that are not shown where they are zero."""

Given = str | UUID | None
NavEntry = Mapping[str, Any]
"""A link of the navigation, or a title above some."""


class BadAddress(NotFound):
    """An address that no page of the portal leads to."""

    code = "bad_address"

    def __init__(self) -> None:
        super().__init__("A part of this address can't be read, so it leads nowhere.")


def page(template: str, block: str | None = None, *, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
    """A page in the console's frame, or the block that htmx asked for, which needs no frame."""
    if not (block and is_htmx()):
        context["counts"] = _counts()
    return respond(template, block, status=status, may=may, reachable=reachable, **context)


def reachable(entries: Sequence[NavEntry]) -> list[NavEntry]:
    """The navigation without what would only lead to a refusal: entries that `need` to read something, and titles with
    nothing left below them.
    """
    open_ones = [one for one in entries if not one.get("needs") or may("read", one["needs"])]
    following = [*open_ones[1:], {"title": "the end"}]
    return [
        one
        for one, after in zip(open_ones, following, strict=True)
        if "title" not in one or "title" not in after
    ]


def may(action: str, resource: str) -> bool:
    """Whether whoever looks at the page could do this; for buttons that would only lead to a refusal."""
    principal = current_principal()
    return principal is not None and principal.may(action, resource)


def now() -> datetime:
    return current_portal().ports.clock.now()


def words(name: str, *, most: int = SEARCH_LENGTH) -> str:
    """A search text of the address, of bearable length."""
    return request.args.get(name, "").replace("\x00", "").strip()[:most]


def choice(name: str, options: Mapping[str, T]) -> T | None:
    """One of the given answers; anything else is no choice."""
    return options.get(request.args.get(name, ""))


def id_of(name: str) -> UUID | None:
    """The id of a row in the address.

    Raises:
        BadAddress: there is something, but no id.
    """
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise BadAddress from None


class Filters:
    """The filters in a list's address, and the addresses that differ from it in one of them."""

    def __init__(self, endpoint: str, **given: Given) -> None:
        self._endpoint = endpoint
        self._given = {name: str(value) for name, value in given.items() if value}

    def __bool__(self) -> bool:
        return bool(self._given)

    @property
    def given(self) -> dict[str, str]:
        """What is set, for the address of another page that takes the same filters."""
        return dict(self._given)

    def value(self, name: str) -> str:
        """What is set, as the address has it."""
        return self._given.get(name, "")

    def to(self, **changes: Given) -> str:
        """The list with some filters changed, from its first page on."""
        merged = self._given | {name: str(value) if value else "" for name, value in changes.items()}
        args: dict[str, Any] = {name: value for name, value in merged.items() if value}
        return url_for(self._endpoint, **args)

    def at(self, endpoint: str) -> str:
        """Another page about the same."""
        return url_for(endpoint, **dict[str, Any](self._given))

    def chips(self, *shown: tuple[str, str | None]) -> list[tuple[str, str]]:
        """For each filter that is set and has a label: the label, and the list without it."""
        return [(label, self.to(**{name: None})) for name, label in shown if name in self._given and label]

    def turns(self, found: Page[Any]) -> dict[str, str | None]:
        """The addresses of the neighbouring pages."""
        return {
            "newer": self.to(after=found.newer) if found.newer else None,
            "older": self.to(before=found.older) if found.older else None,
        }


class Cursor(TypedDict):
    """From which row on a list is wanted: older or newer ones."""

    before: UUID | None
    after: UUID | None


def cursor() -> Cursor:
    """The place in the list that the address names."""
    return Cursor(before=id_of("before"), after=id_of("after"))


def _counts() -> dict[str, int]:
    """The numbers beside the navigation, of what this person may see."""
    counts: dict[str, int] = {}
    now = current_portal().ports.clock.now()
    with reading() as session:
        kinds: Mapping[str, tuple[str, Callable[[], int]]] = {
            "users": ("user", lambda: count_of_people(session)),
            "apps": ("client", Clients(session).count),
            "outbox": ("outbox", lambda: Outbox(session).backlog(at=now)),
        }
        for name, (resource, count) in kinds.items():
            if may("read", resource):
                counts[name] = count()
        if principal := current_principal():
            if not may("read", "group"):
                counts["groups"] = len(Stewards(session).duties_of(principal.user_id).groups)
            cache, sees_all = current_portal().ports.cache, may("read", "access_request")
            counts["requests"] = count_waiting(session, cache, principal.user_id, sees_all=sees_all)
    return {name: count for name, count in counts.items() if count or name not in QUIET}


def count_of_people(session: Session) -> int:
    """How many accounts there are, or were a moment ago: no page counts a whole table."""
    kept = _counted(current_portal().ports.cache, session)
    return kept if isinstance(kept, int) else 0


def _key(_: Session, /) -> str:
    return "admin:people"


@cached(_key, ttl_seconds=PEOPLE_COUNT_SECONDS)
def _counted(session: Session, /) -> Json:
    return Users(session).count()
