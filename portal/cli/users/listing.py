"""Who there is, and everything about one of them."""

from typing import Annotated, Literal

import typer

from portal.cli.exits import Stop
from portal.cli.naming import person_named
from portal.cli.opening import opened_portal
from portal.cli.output import AsJson, Cursor, Limit, show, show_list
from portal.cli.users.program import users
from portal.cli.users.wishes import (
    JoinedBefore,
    JoinedSince,
    OfGroup,
    OfRole,
    SeenBefore,
    SeenSince,
    State,
    Text,
    Verified,
    Wish,
)

Sort = Annotated[Literal["newest", "name", "username", "last_sign_in"], typer.Option(help="In which order.")]


@users.command(name="list")
def list_users(
    *,
    text: Text = "",
    state: State = None,
    verified: Verified = None,
    role: OfRole = "",
    group: OfGroup = "",
    seen_since: SeenSince = "",
    seen_before: SeenBefore = "",
    joined_since: JoinedSince = "",
    joined_before: JoinedBefore = "",
    sort: Sort = "newest",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Everybody with an account, or those who are wanted.

    Example: portal users list --role administrator --state active --json
    """
    from portal.access.repository import Roles  # noqa: PLC0415 - a command loads what it needs
    from portal.accounts.repository import SEARCH_CEILING, Users  # noqa: PLC0415
    from portal.cli.users.facts import in_short  # noqa: PLC0415
    from portal.infra.keyset import place_in  # noqa: PLC0415

    wish = Wish(
        text=text,
        state=state,
        verified=verified,
        role=role,
        group=group,
        seen_since=seen_since,
        seen_before=seen_before,
        joined_since=joined_since,
        joined_before=joined_before,
    )
    place = place_in(sort, cursor)
    if cursor and place is None:
        raise Stop("--cursor: it is of another list; begin without it")
    with opened_portal() as portal, portal.reading() as session:
        at = portal.ports.clock.now()
        found = Users(session).page(wish.narrowed(session, at=at), order=sort, before=place, size=limit)
        roles = Roles(session).names_of_users([user.id for user in found.items], at=at)
        items = [in_short(user, roles.get(user.id, [])) for user in found.items]
    if found.is_cut:
        typer.echo(f"portal: more than {SEARCH_CEILING:,} people match; the list is of the first", err=True)
    columns = ("username", "email", "name", "is_active", "email_verified", "roles", "last_sign_in_at")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@users.command(name="show")
def show_user(
    who: Annotated[str, typer.Argument(metavar="WHO", help="Username, address or id.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Everything about one person: the account, the profile, roles with the way to each, groups.

    Example: portal users show maya --json
    """
    from portal.cli.users.facts import in_full  # noqa: PLC0415

    with opened_portal() as portal, portal.reading() as session:
        facts = in_full(session, person_named(session, who), at=portal.ports.clock.now())
    show(facts, as_json=as_json)
