"""A filter of the log as an address has it: read, said in words, and written with absolute times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final, cast
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.repository import Users
from portal.admin.console import SEARCH_LENGTH, BadAddress, Filters, now
from portal.admin.telling import token_in_words
from portal.audit.repository import AuditFilter, Entry
from portal.audit.rules import GROUP_NAMES, SENTENCES, actions_of
from portal.infra.actor import ActorKind
from portal.infra.events import Outcome

LISTING: Final = "admin_audit.listing"
PERIODS: Final = {"1": 1, "7": 7, "30": 30, "90": 90, "365": 365}
PERIOD_NAMES: Final = (
    ("", "Any time"), ("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days"),
    ("90", "Last 90 days"), ("365", "Last 12 months"),
)  # fmt: skip
OUTCOME_NAMES: Final = (("", "Any outcome"), ("success", "Succeeded"), ("failure", "Failed"))
ACTOR_NAMES: Final = (
    ("", "Anybody"), ("user", "A person"), ("anonymous", "A visitor"), ("client", "An app"),
    ("cli", "The command line"), ("system", "The portal itself"),
)  # fmt: skip
PEOPLE_MEANT: Final = 50
"""How many accounts a text may stand for; a text that fits more is too short to mean anybody."""

NAMES: Final = (
    "q", "kind", "event", "outcome", "period", "since", "until", "by", "actor", "subject", "session",
    "client", "ip", "request", "reason",
)  # fmt: skip
_IDS: Final = ("actor", "subject", "session", "client")


@dataclass(frozen=True)
class Wish:
    """What an address asks of the log."""

    filters: Filters
    wanted: AuditFilter
    given: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    """By field: what could not be read, in words. Such a filter is left out."""

    @property
    def is_folded(self) -> bool:
        """Whether none of the filters is set that stand behind "More filters"."""
        return not any(self.given.get(name) for name in ("since", "until", "by", "ip", "request", "reason"))

    def permalink(self) -> str:
        """The address of exactly these entries, for whoever opens it whenever: no time in it is relative."""
        return self.filters.to(period=None, **_moments(self.wanted, until=now()))


def read_wish(session: Session, args: Mapping[str, str]) -> Wish:
    """The filters of an address or of a saved view.

    Raises:
        BadAddress: an id that is none.
    """
    given = {name: _clean(args.get(name, "")) for name in NAMES}
    ids = {name: _id(args.get(name, "")) for name in _IDS}
    problems: dict[str, str] = {}
    since, until = (_moment(given, name, problems) for name in ("since", "until"))
    days = PERIODS.get(given["period"])
    if days and since is None:
        since = now() - timedelta(days=days)
    wanted = AuditFilter(
        actor_id=ids["actor"],
        actor_kind=cast(ActorKind, given["by"]) if given["by"] in dict(ACTOR_NAMES) and given["by"] else None,
        subject_id=ids["subject"],
        session_id=ids["session"],
        client_id=ids["client"],
        actions=_actions(given),
        outcome=cast(Outcome, given["outcome"]) if given["outcome"] in {"success", "failure"} else None,
        since=since,
        until=until,
        request_id=given["request"],
        ip=_address(given, problems),
        reason=given["reason"],
        text=given["q"],
    )
    kept = {
        name: text for name, text in given.items() if text and name not in problems and _means(name, text)
    }
    return Wish(Filters(LISTING, **kept), _with_people(session, wanted), given, problems)


def chips(wish: Wish, found: Sequence[Entry]) -> list[tuple[str, str]]:
    """Each filter that no field in sight shows, in words; names come from the entries themselves."""
    wanted, given = wish.wanted, wish.given
    kinds = dict(ACTOR_NAMES)
    return wish.filters.chips(
        ("event", f"Action: {given['event']}"),
        ("by", f"Done by: {kinds.get(given['by'], '').lower()}"),
        ("actor", f"Done by {next((entry.actor_label for entry in found), '') or 'one actor'}"),
        ("subject", _about(wanted.subject_id, found)),
        ("session", "One session"),
        ("client", f"Through {_label_of(wanted.client_id, found) or 'one app'}"),
        ("ip", f"From {given['ip']}"),
        ("request", f"Request {given['request']}"),
        ("reason", f"Reason: “{given['reason']}”"),
        ("since", f"From {_said(wanted.since)}"),
        ("until", f"Before {_said(wanted.until)}"),
    )


def words_for(wish: Wish) -> list[str]:
    """The whole filter in words, for where no fields stand beside it."""
    given, periods = wish.given, dict(PERIOD_NAMES)
    shown = {
        "q": f"Text: “{given['q']}”",
        "kind": GROUP_NAMES.get(given["kind"], ""),
        "outcome": dict(OUTCOME_NAMES).get(given["outcome"], ""),
        "period": periods.get(given["period"], ""),
    }
    plain = [words for name, words in shown.items() if wish.filters.value(name)]
    return [*plain, *(label for label, _ in chips(wish, ()))]


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:SEARCH_LENGTH]


def _means(name: str, text: str) -> bool:
    """Whether the value is one that the filter knows; an unknown one is as if it were not there."""
    known = {
        "kind": GROUP_NAMES,
        "event": SENTENCES,
        "outcome": dict(OUTCOME_NAMES),
        "period": PERIODS,
        "by": dict(ACTOR_NAMES),
    }
    return text in known[name] if name in known else True


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadAddress from None


def _actions(given: Mapping[str, str]) -> tuple[str, ...]:
    if given["event"] in SENTENCES:
        return (given["event"],)
    return actions_of(given["kind"]) if given["kind"] in GROUP_NAMES else ()


def _moment(given: Mapping[str, str], name: str, problems: dict[str, str]) -> datetime | None:
    """A moment as a native input or a permalink writes it; without a zone it is UTC, as everything here is."""
    if not given[name]:
        return None
    try:
        moment = datetime.fromisoformat(given[name])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        problems[name] = "Enter a date and time like 2026-11-23T10:30"
        return None


def _address(given: Mapping[str, str], problems: dict[str, str]) -> str:
    if not given["ip"]:
        return ""
    try:
        return str(ip_address(given["ip"]))
    except ValueError:
        problems["ip"] = "Enter a whole IP address like 203.0.113.7"
        return ""


def _with_people(session: Session, wanted: AuditFilter) -> AuditFilter:
    """Names of people stand sealed in the log, so a text is looked up among the accounts first."""
    if not wanted.text:
        return wanted
    people = Users(session).search(wanted.text, size=PEOPLE_MEANT)
    return replace(wanted, people=tuple(person.id for person in people))


def _moments(wanted: AuditFilter, *, until: datetime) -> dict[str, str]:
    since = {"since": in_address(wanted.since)} if wanted.since else {}
    return {**since, "until": in_address(wanted.until or until)}


def in_address(moment: datetime) -> str:
    """`2026-11-23T10:30:00.123456Z`: absolute, and exact to what the log keeps."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _said(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y, %H:%M:%S} UTC" if moment else ""


def _about(row_id: UUID | None, found: Sequence[Entry]) -> str:
    tokens = (entry.token for entry in found if entry.token is not None and entry.token.id == row_id)
    if token := next(tokens, None):
        return f"By or about: {token_in_words(token)}"
    return f"About {_label_of(row_id, found) or 'one record'}"


def _label_of(row_id: UUID | None, found: Sequence[Entry]) -> str:
    rows = (row for entry in found for row in entry.subjects if row.resource_id == row_id)
    return next((row.resource_label for row in rows), "")
