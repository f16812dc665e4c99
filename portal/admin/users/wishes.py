"""Who is wanted: the filters of the list as they stand in an address, and as the repository understands them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from portal.access.repository import Groups, Roles
from portal.access.schemas.bulk import PeopleWish
from portal.access.services.bulk import filter_of
from portal.accounts.repository import PeopleFilter, PeopleOrder, UserState
from portal.admin.console import Filters, choice, id_of, may, now, words

STATES: Final[Mapping[str, UserState]] = {
    "active": "active",
    "unverified": "unverified",
    "disabled": "disabled",
}
STATE_NAMES: Final = (
    ("", "All"),
    ("active", "Active"),
    ("unverified", "Not verified"),
    ("disabled", "Disabled"),
)
ORDERS: Final[Mapping[str, PeopleOrder]] = {
    "name": "name", "username": "username", "seen": "last_sign_in", "newest": "newest",
}  # fmt: skip
ORDER_NAMES: Final = (
    ("", "Newest first"),
    ("name", "By name"),
    ("username", "By username"),
    ("seen", "Last seen first"),
)
VERIFIED: Final = {"yes": True, "no": False}
VERIFIED_NAMES: Final = (("", "Any address"), ("yes", "Address verified"), ("no", "Address not verified"))
SIZES: Final = {"25": 25, "100": 100, "200": 200}
MOST_OFFERED: Final = 200
"""Groups in a filter; whoever has more finds theirs on the page of the group."""
DAYS: Final = ("seen_since", "seen_before", "joined_since", "joined_before")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The filters of one address."""

    text: str
    state: UserState | None
    is_verified: bool | None
    role: UUID | None
    group: UUID | None
    days: Mapping[str, date]
    order: PeopleOrder
    size: int
    filters: Filters
    names: dict[str, str] = field(default_factory=dict)
    """What chips call the role and the group."""

    def people(self) -> PeopleWish:
        """As every door asks for people."""
        day = {name: datetime.combine(found, time(), tzinfo=UTC) for name, found in self.days.items()}
        return PeopleWish(
            text=self.text,
            state=self.state,
            is_verified=self.is_verified,
            role_id=self.role,
            group_id=self.group,
            signed_in_since=day.get("seen_since"),
            signed_in_before=day.get("seen_before"),
            created_since=day.get("joined_since"),
            created_before=day.get("joined_before"),
        )

    def narrowed(self) -> PeopleFilter:
        """As the repository understands it."""
        return filter_of(self.people(), at=now(), is_exhaustive=False)

    def chips(self) -> list[tuple[str, str]]:
        """What is set, in words, each with the list without it."""
        verified = dict(VERIFIED_NAMES)[self.filters.value("verified")]
        said = {name: f"{found.day} {found:%b %Y}" for name, found in self.days.items()}
        return self.filters.chips(
            ("q", f"“{self.text}”"),
            ("role", f"Role: {self.names.get('role', 'one that is gone')}"),
            ("group", f"Group: {self.names.get('group', 'one that is gone')}"),
            ("verified", verified),
            ("seen_since", f"Signed in since {said.get('seen_since')}"),
            ("seen_before", f"Not signed in since {said.get('seen_before')}"),
            ("joined_since", f"Joined since {said.get('joined_since')}"),
            ("joined_before", f"Joined before {said.get('joined_before')}"),
        )


def wish_of_address(endpoint: str = "admin_users.listing") -> Wish:
    """Read tolerantly: what can't be understood is no filter. Only ids are ids, or lead nowhere."""
    text, state, order = words("q"), choice("state", STATES), choice("sort", ORDERS)
    verified, size = choice("verified", VERIFIED), choice("size", SIZES)
    role = id_of("role") if may("read", "role") else None
    group = id_of("group") if may("read", "group") else None
    days = {name: day for name in DAYS if (day := _day(request.args.get(name, "")))}
    filters = Filters(
        endpoint,
        q=text,
        state=state,
        role=role,
        group=group,
        verified=None if verified is None else "yes" if verified else "no",
        sort=request.args["sort"] if order and order != "newest" else None,
        size=str(size) if size and size != SIZES["25"] else None,
        **{name: day.isoformat() for name, day in days.items()},
    )
    return Wish(
        text=text,
        state=state,
        is_verified=verified,
        role=role,
        group=group,
        days=days,
        order=order or "newest",
        size=size or SIZES["25"],
        filters=filters,
    )


def offered(session: Session, wish: Wish) -> dict[str, list[tuple[str, str]]]:
    """The roles and groups to choose from, as far as whoever looks may see them."""
    choices: dict[str, list[tuple[str, str]]] = {}
    if may("read", "role"):
        roles = [(str(role.id), role.name) for role in Roles(session).all()]
        choices["role"] = [("", "Any role"), *roles]
    if may("read", "group"):
        groups = [(str(group.id), group.name) for group in Groups(session).page(size=MOST_OFFERED).items]
        if wish.group and str(wish.group) not in dict(groups) and (other := Groups(session).get(wish.group)):
            groups.append((str(other.id), other.name))
        choices["group"] = [("", "Any group"), *groups]
    for name, chosen in (("role", wish.role), ("group", wish.group)):
        if chosen and (found := dict(choices.get(name, [])).get(str(chosen))):
            wish.names[name] = found
    return choices


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if timedelta(days=1) < day - date(1970, 1, 1) < timedelta(days=84_000) else None
