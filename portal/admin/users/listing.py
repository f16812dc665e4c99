"""Everybody with an account: searched, filtered, ordered, a page at a time."""

from typing import Final

from flask import Response

from portal.access.repository import Roles
from portal.access.services.bulk import filter_of
from portal.accounts.repository import SEARCH_CEILING, Users
from portal.accounts.services import User
from portal.admin.console import now, page, words
from portal.admin.users.acts import allowed_acts
from portal.admin.users.blueprint import users
from portal.admin.users.wishes import ORDER_NAMES, STATE_NAMES, VERIFIED_NAMES, Wish, offered, wish_of_address
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.tidying import tidy_address
from portal.infra.keyset import Slice, place_in

EVERYBODY: Final = "everybody"


@users.get("/admin/users")
@tidy_address
@requires("read", "user")
def listing() -> Response:
    """Everybody who is wanted, the newest first unless another order is."""
    wish = wish_of_address()
    with reading() as session:
        found = Users(session).page(
            wish.narrowed(),
            order=wish.order,
            before=place_in(wish.order, words("before", most=600)),
            after=place_in(wish.order, words("after", most=600)),
            size=wish.size,
        )
        # counting reads everybody who matches, so only who is about to do something to them all has it counted
        everybody = Users(session).count(filter_of(wish.people(), at=now())) if _wants_all() else 0
        roles = Roles(session).names_of_users([user.id for user in found.items], at=now())
        choices = offered(session, wish)
    return page(
        "admin/users/listing.html",
        "results",
        people=found.items,
        roles=roles,
        wish=wish,
        filters=wish.filters,
        chips=wish.chips(),
        summary=_summary(found),
        choices=choices,
        turns=_turns(wish, found),
        columns=_columns(wish),
        acts=allowed_acts(),
        all_chosen=words("chosen") == "all" or everybody > 0,
        choose_all=_here(wish, chosen="all"),
        choose_everybody=wish.filters.to(chosen=EVERYBODY) if found.older or found.newer else None,
        everybody=everybody,
        bulk_address=wish.filters.at("admin_users.bulk"),
        states=STATE_NAMES,
        orders=ORDER_NAMES,
        verified=VERIFIED_NAMES,
    )


def _wants_all() -> bool:
    """Whether everybody who matches is chosen, on whatever page."""
    return words("chosen") == EVERYBODY and bool(allowed_acts())


def _here(wish: Wish, **changes: str) -> str:
    """The same page of the list."""
    return wish.filters.to(before=words("before", most=600), after=words("after", most=600), **changes)


def _turns(wish: Wish, found: Slice[User]) -> dict[str, str | None]:
    """The addresses of the neighbouring pages."""
    return {
        "newer": wish.filters.to(after=str(found.newer)) if found.newer else None,
        "older": wish.filters.to(before=str(found.older)) if found.older else None,
    }


def _summary(found: Slice[User]) -> str:
    """What is known of the number without counting: all of it, if it fits on the page."""
    if found.is_cut:
        return f"More than {SEARCH_CEILING:,} people match; type more of the name"
    if found.older or found.newer:
        return f"{len(found.items)} on this page"
    return "1 person" if len(found.items) == 1 else f"{len(found.items)} people"


def _columns(wish: Wish) -> list[dict[str, object]]:
    """The heads of the table; those that order the list are links."""
    return [
        {"label": "Select", "hidden": True},
        _ordering(wish, "User", "name", "ascending"),
        {"label": "Status"},
        {"label": "Roles"},
        _ordering(wish, "Last sign-in", "seen", "descending"),
        _ordering(wish, "Joined", "newest", "descending") | {"secondary": True},
        {"label": "Open", "hidden": True},
    ]


def _ordering(wish: Wish, label: str, key: str, direction: str) -> dict[str, object]:
    is_current = (wish.filters.value("sort") or "newest") == key
    href = wish.filters.to(sort=None if key == "newest" else key)
    return {"label": label, "href": href, "sort": direction if is_current else None}
