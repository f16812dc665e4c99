"""Who is wanted: the filters of the list, which the export shares."""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from portal.cli.exits import Stop
from portal.cli.naming import group_named, role_named

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.repository import PeopleFilter

Text = Annotated[str, typer.Option("--text", "-q", help="Part of a name, username or address.")]
State = Annotated[
    Literal["active", "unverified", "disabled"] | None, typer.Option(help="Only accounts in this state.")
]
Verified = Annotated[
    bool | None, typer.Option("--verified/--unverified", help="Whether the address is proved.")
]
OfRole = Annotated[str, typer.Option("--role", help="Who holds this role, in whatever way.")]
OfGroup = Annotated[str, typer.Option("--group", help="Who is in this group.")]
SeenSince = Annotated[str, typer.Option(metavar="DAY", help="Signed in on this day (UTC) or later.")]
SeenBefore = Annotated[str, typer.Option(metavar="DAY", help="Not signed in since this day.")]
JoinedSince = Annotated[str, typer.Option(metavar="DAY", help="Joined on this day or later.")]
JoinedBefore = Annotated[str, typer.Option(metavar="DAY", help="Joined before this day.")]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """As it was typed."""

    text: str = ""
    state: Literal["active", "unverified", "disabled"] | None = None
    verified: bool | None = None
    role: str = ""
    group: str = ""
    seen_since: str = ""
    seen_before: str = ""
    joined_since: str = ""
    joined_before: str = ""

    def narrowed(self, session: "Session", *, at: datetime) -> "PeopleFilter":
        """As the repository understands it.

        Raises:
            NotFound: a role or group that there is not.
            Stop: a day that there is not.
        """
        from portal.access.repository import in_group, with_role  # noqa: PLC0415 - a command loads what it needs
        from portal.accounts.repository import PeopleFilter  # noqa: PLC0415

        among: list[Any] = []
        if self.role:
            among.append(with_role(role_named(session, self.role).id, at=at))
        if self.group:
            among.append(in_group(group_named(session, self.group).id, at=at))
        return PeopleFilter(
            text=self.text,
            state=self.state,
            is_verified=self.verified,
            signed_in_since=_day("--seen-since", self.seen_since),
            signed_in_before=_day("--seen-before", self.seen_before),
            created_since=_day("--joined-since", self.joined_since),
            created_before=_day("--joined-before", self.joined_before),
            among=tuple(among),
        )

    def said(self) -> dict[str, str]:
        """For the entry of an export: what was asked for."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in given.items() if value not in {"", None}}


def _day(option: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
    except ValueError:
        raise Stop(f"{option}: Enter a day like 2031-12-24") from None
