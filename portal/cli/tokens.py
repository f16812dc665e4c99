"""`portal tokens ...`: what people have allowed apps, the tokens that came of it, and one token taken apart."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from portal.cli.exits import Exit, Stop
from portal.cli.naming import client_named, person_named, place_of
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, Yes, ask, done, secret_from_stdin, show, show_list
from portal.cli.personal_tokens import personal

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.grants.services.inspected import Inspected

tokens = typer.Typer(no_args_is_help=True, help="What apps were allowed, and the tokens that came of it.")

OfUser = Annotated[str, typer.Option("--user", metavar="WHO", help="Of one person.")]
OfClient = Annotated[
    str, typer.Option("--client", metavar="CLIENT", help="Of one app, by its client ID or id.")
]
MOST_CHARACTERS = 40_000


tokens.add_typer(personal, name="personal")


@tokens.callback()
def about() -> None:
    """What apps were allowed, and the tokens that came of it."""


@tokens.command()
def grants(
    *,
    user: OfUser = "",
    client: OfClient = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """What people have allowed apps, the newest first.

    Example: portal tokens grants --user maya --json
    """
    from portal.grants.repository.overview import Overview  # noqa: PLC0415 - a command loads what it needs

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        found = Overview(session).grants(**_whose(session, user, client), before=before, size=limit)
        items = [
            {
                "id": one.grant.id,
                "username": one.user.username,
                "client_id": one.client.client_id,
                "client_name": one.client.client_name,
                "scopes": list(one.grant.scopes),
                "claims": list(one.grant.claims),
                "granted_at": one.grant.granted_at,
                "last_used_at": one.grant.last_used_at,
            }
            for one in found.items
        ]
    columns = ("id", "username", "client_name", "scopes", "granted_at", "last_used_at")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@tokens.command(name="list")
def list_tokens(
    *,
    user: OfUser = "",
    client: OfClient = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Tokens that may still count, by the sign-in to an app that they all come of; no token can be read again.

    Example: portal tokens list --client 3f0c9d2a --json
    """
    from portal.grants.repository.overview import Overview  # noqa: PLC0415

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        at = portal.ports.clock.now()
        found = Overview(session).families(**_whose(session, user, client), at=at, before=before, size=limit)
        items = [
            {
                "id": one.family.id,
                "grant_id": one.family.grant_id,
                "username": one.user.username,
                "client_id": one.client.client_id,
                "client_name": one.client.client_name,
                "scope": one.family.scope,
                "created_at": one.family.created_at,
                "expires_at": one.family.expires_at,
            }
            for one in found.items
        ]
    columns = ("id", "username", "client_name", "scope", "created_at", "expires_at")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@tokens.command()
def inspect(*, as_json: AsJson = False) -> None:
    """Take apart a token that comes on standard input: what it is, whether it counts, and what it hangs on. The token
    itself is not said again, and kept nowhere.

    Example: portal tokens inspect < token.txt
    """
    from portal.grants.services.inspecting import Inspector  # noqa: PLC0415
    from portal.grants.usecases.inspection import note_inspection  # noqa: PLC0415

    text = secret_from_stdin("token", most=MOST_CHARACTERS).strip()
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise Stop(f"token: Use at most {MOST_CHARACTERS:,} characters")
    with opened_portal() as portal:
        with portal.reading() as session:
            inspector = Inspector(session, portal.issuer, portal.clients, portal.client_keys)
            found = inspector.inspect(text, at=portal.ports.clock.now())
        with acting(portal) as uow:
            note_inspection(uow, found)
    show(_facts(found), as_json=as_json)


@tokens.command()
def revoke(
    token_id: Annotated[UUID, typer.Argument(metavar="ID", help="As `portal tokens list` shows it.")],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End every token of one sign-in to an app. What the person allowed the app stays.

    Example: portal tokens revoke 01930b1c-8a3e-7c52-9f64-2b7d1c9e5a10 --yes
    """
    from portal.grants.usecases.inspection import end_family  # noqa: PLC0415

    ask("Every token of that sign-in ends.", yes=yes)
    with opened_portal() as portal, acting(portal) as uow:
        app = end_family(uow, token_id)
    done(
        f"Every token of that sign-in to {app.label} is ended",
        {"id": token_id, "client": app.label, "revoked": True},
        as_json=as_json,
    )


@tokens.command()
def disconnect(
    grant_id: Annotated[UUID, typer.Argument(metavar="GRANT", help="As `portal tokens grants` shows it.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit log.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take back what a person allowed an app. Every code and token of it is dead, and the app has to ask anew.

    Example: portal tokens disconnect 01930b1c-8a3e-7c52-9f64-2b7d1c9e5a10 --reason "app was sold" --yes
    """
    from portal.accounts.schemas import StateReason  # noqa: PLC0415
    from portal.grants.repository.overview import Overview  # noqa: PLC0415
    from portal.grants.usecases.connections import disconnect as take_back  # noqa: PLC0415

    wish = StateReason(reason=reason)
    with opened_portal() as portal:
        with portal.reading() as session:
            found = Overview(session).grant(grant_id)
        if found is None:
            raise Stop(f"there is no grant {grant_id}", Exit.NOT_FOUND, name="grant_not_found")
        app = found.client.client_name
        ask(f"{app} loses all that {found.user.display_name} allowed it.", yes=yes)
        with acting(portal) as uow:
            take_back(uow, grant_id, owner=found.user.ref, reason=wish.reason)
    facts = {"id": grant_id, "username": found.user.username, "client": app, "revoked": True}
    done(f"Disconnected {app} from {found.user.username}", facts, as_json=as_json)


def _whose(session: "Session", user: str, client: str) -> dict[str, UUID]:
    if not user and not client:
        raise Stop("say whose: --user or --client")
    found: dict[str, UUID] = {}
    if user:
        found["user_id"] = person_named(session, user).id
    if client:
        found["client_pk"] = client_named(session, client).id
    return found


def _facts(found: "Inspected") -> dict[str, Any]:
    from portal.grants.rules.token_forms import without_tokens  # noqa: PLC0415

    lineage, verdict = found.lineage, found.verdict
    person = lineage.user if lineage else found.signed_in.user if found.signed_in else None
    return {
        "kind": found.form.name,
        "verdict": verdict.title,
        "why": verdict.text,
        "counts": bool(found.is_ours) and found.end is None,
        "ours": found.is_ours,
        "end": found.end,
        "ended_at": found.ended_at,
        "signature": found.signature or None,
        "digest": found.digest or None,
        "username": person.username if person else None,
        "client_id": lineage.client.client_id
        if lineage
        else found.client.client_id
        if found.client
        else None,
        "grant_id": lineage.grant.id if lineage else None,
        "token_id": found.family_id,
        "times": dict(found.times),
        "confirmation": dict(found.confirmation),
        "claims": without_tokens(dict(found.claims)),
    }
