"""One more app, of one of the kinds that there are."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from portal.cli.clients.listing import in_full
from portal.cli.clients.program import clients
from portal.cli.exits import Stop
from portal.cli.naming import group_named, role_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, done

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

Kind = Literal["web", "spa", "native", "service", "fapi2", "legacy"]
Everyone = Annotated[bool, typer.Option("--everyone", help="Everybody with an account may use it.")]
ByRole = Annotated[list[str], typer.Option("--role", help="Holders of this role may use it.")]
ByGroup = Annotated[list[str], typer.Option("--group", help="Members of this group may use it.")]


@clients.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    *,
    kind: Annotated[Kind, typer.Option(help="What it is; everything else starts as its kind says.")],
    redirect_uri: Annotated[list[str], typer.Option(help="Where people are sent back to.")] = [],  # noqa: B006
    post_logout_redirect_uri: Annotated[
        list[str], typer.Option(help="Where they may be sent after signing out.")
    ] = [],  # noqa: B006
    everyone: Everyone = False,
    role: ByRole = [],  # noqa: B006
    group: ByGroup = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Register an app and print its secret, this once. Nobody may use it until somebody is chosen.

    Example: portal clients create Wiki --kind web --redirect-uri https://wiki.example.org/cb --everyone
    """
    from portal.clients.schemas import RegisterClient  # noqa: PLC0415 - a command loads what it needs
    from portal.clients.usecases import register_client  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        audience, role_ids, group_ids = chosen(uow.session, everyone=everyone, roles=role, groups=group)
        wish = RegisterClient(
            client_name=name,
            kind=kind,
            redirect_uris=redirect_uri,
            post_logout_redirect_uris=post_logout_redirect_uri,
            audience=audience,
            role_ids=role_ids,
            group_ids=group_ids,
        )
        made = register_client(uow, wish)
        facts = in_full(uow.session, made.client, at=uow.now) | {"secret": made.secret}
        issuer = portal.settings.base_url
    told = f"{made.client.client_name} is registered at {issuer} with the client ID {made.client.client_id}"
    if made.secret:
        told += f"\nIts secret is shown this once:\n\n  {made.secret}\n"
    done(told, facts, as_json=as_json)


def chosen(
    session: "Session", *, everyone: bool, roles: list[str], groups: list[str]
) -> "tuple[Literal['everyone', 'roles'], list[UUID], list[UUID]]":
    """Who is meant by the options that open an app."""
    if everyone and (roles or groups):
        raise Stop("choose --everyone, or roles and groups")
    return (
        "everyone" if everyone else "roles",
        [role_named(session, one).id for one in roles],
        [group_named(session, one).id for one in groups],
    )
