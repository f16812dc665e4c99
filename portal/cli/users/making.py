"""One more person, and what an account says of its owner."""

from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli.exits import Stop
from portal.cli.naming import person_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, done, secret_from_stdin, show
from portal.cli.pairs import documents, fields
from portal.cli.users.program import users

if TYPE_CHECKING:
    from portal.bootstrap import Portal

Who = Annotated[str, typer.Argument(metavar="WHO", help="Username, address or id.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read a password from standard input.")]


@users.command()
def create(
    email: Annotated[str, typer.Argument(help="Where mail reaches them.")],
    *,
    name: Annotated[str, typer.Option(help="What people call them.")],
    username: Annotated[str, typer.Option(help="Made from the address if it is left out.")] = "",
    given_name: Annotated[str, typer.Option()] = "",
    family_name: Annotated[str, typer.Option()] = "",
    invite: Annotated[
        bool, typer.Option("--invite", help="Mail them a link by which they set a password.")
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print such a link instead, once; whoever has it gets in.")
    ] = False,
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Make an account: without a password, or with --invite, --link or --password-stdin.

    Example: portal users create maya@example.org --name "Maya Okafor" --invite
    """
    from portal.accounts.schemas import AddUser  # noqa: PLC0415 - a command loads what it needs
    from portal.accounts.usecases.add_users import add_user  # noqa: PLC0415
    from portal.accounts.usecases.recovery import make_password_link  # noqa: PLC0415
    from portal.cli.users.facts import in_full  # noqa: PLC0415

    if invite + link + password_stdin > 1:
        raise Stop("choose one of --invite, --link and --password-stdin")
    wish = AddUser(
        email=email,
        name=name,
        username=username or None,
        given_name=given_name or None,
        family_name=family_name or None,
    )
    with opened_portal() as portal:
        about = (wish.email, wish.name, wish.username or "")
        password_hash = new_password_hash(portal, about=about) if password_stdin else None
        with acting(portal) as uow:
            user = add_user(uow, wish, invite=invite, password_hash=password_hash)
            made = make_password_link(uow, user.id) if link else None
        with portal.reading() as session:
            facts = in_full(session, user, at=portal.ports.clock.now())
        address = f"{portal.settings.base_url}{made.path}" if made else None
    if made is not None:
        facts |= {"link": address, "link_expires_at": made.expires_at}
    told = f"{user.display_name} has an account as {user.username}" + (" and gets a mail" if invite else "")
    done(f"{told}\n\n  {address}\n" if address else told, facts, as_json=as_json)


@users.command()
def edit(
    who: Who,
    *,
    name: Annotated[str | None, typer.Option(help="What people call them.")] = None,
    username: Annotated[str | None, typer.Option()] = None,
    email: Annotated[
        str | None, typer.Option(help="Another address, at once; its owner proves it by a mailed link.")
    ] = None,
    given_name: Annotated[str | None, typer.Option()] = None,
    family_name: Annotated[str | None, typer.Option()] = None,
    change: Annotated[
        list[str],
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Any other field of the profile; an empty value clears it."
        ),
    ] = [],  # noqa: B006 - Typer copies it
    as_json: AsJson = False,
) -> None:
    """Change what an account says of its owner. What is not named stays.

    Example: portal users edit maya --name "Maya O. Okafor" --set zoneinfo=Europe/Amsterdam
    """
    from portal.accounts.schemas import NewEmail, Profile  # noqa: PLC0415
    from portal.accounts.usecases.change_email import set_email  # noqa: PLC0415
    from portal.accounts.usecases.edit_profile import edit_profile  # noqa: PLC0415
    from portal.cli.users.facts import in_full, profile_of  # noqa: PLC0415

    named = {"name": name, "username": username, "given_name": given_name, "family_name": family_name}
    given = {field: value for field, value in named.items() if value is not None}
    given |= fields(change)
    moved = NewEmail(email=email) if email is not None else None
    if not given and moved is None:
        raise Stop("say what is to change; see --help")
    with opened_portal() as portal:
        today = {"today": portal.ports.clock.now().date()}
        with acting(portal) as uow:
            user = person_named(uow.session, who)
            if given:
                wanted = profile_of(user) | {field: value or None for field, value in given.items()}
                user = edit_profile(uow, user.id, Profile.model_validate(wanted, context=today))
            if moved is not None:
                user = set_email(uow, user.id, moved)
        with portal.reading() as session:
            facts = in_full(session, user, at=portal.ports.clock.now())
    done(f"Saved the profile of {user.username}", facts, as_json=as_json)


@users.command()
def attributes(
    who: Who,
    *,
    change: Annotated[
        list[str], typer.Option("--set", metavar="NAME=VALUE", help="A text, or JSON for anything else.")
    ] = [],  # noqa: B006
    unset: Annotated[list[str], typer.Option(metavar="NAME", help="Not noted any more.")] = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Show or change what is noted of a person, for conditions of permissions to compare.

    Example: portal users attributes maya --set department=research --set 'level=3'
    """
    from portal.access.schemas import SetUserAttributes  # noqa: PLC0415
    from portal.access.usecases.assignments import set_user_attributes  # noqa: PLC0415

    with opened_portal() as portal:
        if not change and not unset:
            with portal.reading() as session:
                show(dict(person_named(session, who).attributes or {}), as_json=as_json)
            return
        changed = documents(change)
        with acting(portal) as uow:
            user = person_named(uow.session, who)
            kept = {name: value for name, value in (user.attributes or {}).items() if name not in unset}
            user = set_user_attributes(uow, user.id, SetUserAttributes(attributes=kept | changed))
        facts = dict(user.attributes or {})
    done(f"Saved the attributes of {user.username}", facts, as_json=as_json)


def new_password_hash(portal: "Portal", *, about: tuple[str, ...]) -> str:
    """Of a password that keeps the rules of sign-up; hashed outside of any transaction."""
    from portal.accounts.rules import PasswordPolicy  # noqa: PLC0415
    from portal.accounts.schemas import POLICY, NewPassword  # noqa: PLC0415

    policy = PasswordPolicy(minimum=portal.settings.password_min_length)
    context = {POLICY: policy.knowing(portal.settings.name, *about)}
    form = NewPassword.model_validate({"password": secret_from_stdin("password")}, context=context)
    return portal.ports.passwords.hash(form.password)
