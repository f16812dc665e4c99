"""`portal tokens personal ...`: the tokens that people make for their scripts."""

from typing import Annotated
from uuid import UUID

import typer

from portal.cli.naming import person_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Yes, ask, done, show_list

personal = typer.Typer(no_args_is_help=True, help="Tokens that people make for their scripts.")
Who = Annotated[str, typer.Argument(metavar="WHO", help="Username, address or id.")]
MOST = 200


@personal.command(name="list")
def list_personal_tokens(who: Who, *, as_json: AsJson = False) -> None:
    """Every such token of a person, in force or not. No token can be read again.

    Example: portal tokens personal list maya --json
    """
    from portal.grants.repository.personal_tokens import TokensOfPerson  # noqa: PLC0415 - a command loads what it needs

    with opened_portal() as portal, portal.reading() as session:
        user, at = person_named(session, who), portal.ports.clock.now()
        items = [
            {
                "id": one.id,
                "name": one.name,
                "scopes": list(one.scopes),
                "end": one.end_of(user_is_active=user.is_active, user_epoch=user.security_epoch, at=at),
                "created_at": one.created_at,
                "expires_at": one.expires_at,
                "last_used_at": one.last_used_at,
            }
            for one in TokensOfPerson(session, user.id).all(most=MOST)
        ]
    columns = ("id", "name", "scopes", "end", "expires_at", "last_used_at")
    show_list(items, columns=columns, as_json=as_json)


@personal.command()
def create(
    who: Who,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    scope: Annotated[
        list[str], typer.Option(help="What it may be used for, like users:read; once for each.")
    ],
    days: Annotated[int, typer.Option(help="For how long.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Make a token for a person and print it, this once; its owner hears of it by mail. It never permits more than the
    person may do.

    Example: portal tokens personal create robot "Nightly report" --scope users:read --days 90
    """
    from portal.grants.schemas import MakePersonalToken  # noqa: PLC0415
    from portal.grants.usecases.personal_tokens import make_personal_token  # noqa: PLC0415

    wish = MakePersonalToken.model_validate({"name": name, "scopes": scope, "days": days})
    with opened_portal() as portal, acting(portal) as uow:
        made = make_personal_token(uow, person_named(uow.session, who), wish)
        facts = {
            "id": made.token.id,
            "name": made.token.name,
            "scopes": list(made.token.scopes),
            "expires_at": made.token.expires_at,
            "token": made.text,
        }
    done(f"It is shown this once:\n\n  {made.text}\n", facts, as_json=as_json)


@personal.command()
def revoke(
    who: Who,
    token_id: Annotated[
        UUID, typer.Argument(metavar="ID", help="As `portal tokens personal list` shows it.")
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit log.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let a token of a person count no more.

    Example: portal tokens personal revoke robot 01930b1c-8a3e-7c52-9f64-2b7d1c9e5a10 --reason leaked --yes
    """
    from portal.accounts.schemas import StateReason  # noqa: PLC0415
    from portal.grants.usecases.personal_tokens import revoke_personal_token  # noqa: PLC0415

    wish = StateReason(reason=reason)
    with opened_portal() as portal:
        with portal.reading() as session:
            user = person_named(session, who)
        ask(f"What still uses this token of {user.username} gets in no more.", yes=yes)
        with acting(portal) as uow:
            name = revoke_personal_token(uow, token_id, owner=user.ref, reason=wish.reason)
    done(f"“{name}” counts no more", {"id": token_id, "name": name, "revoked": True}, as_json=as_json)
