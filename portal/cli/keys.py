"""`portal keys ...`: the keys that sign what apps are told, from the host."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from portal.cli.exits import Exit, Stop
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Yes, ask, done, show_list

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.bootstrap import Portal
    from portal.grants.repository.signing_keys import SigningKey
    from portal.grants.rules.key_life import KeyLife
    from portal.infra.crypto.jose import Algorithm, NewKey

keys = typer.Typer(no_args_is_help=True, help="The keys that sign what apps are told.")


AlgorithmName = Literal["RS256", "PS256", "ES256", "EdDSA"]


@keys.command(name="list")
def list_keys(*, as_json: AsJson = False) -> None:
    """Every key, what it does, and what happens to it next by itself.

    Example: portal keys list --json
    """
    with opened_portal() as portal, portal.reading() as session:
        facts = _facts(portal, session)
    for fact in facts:
        if not as_json:
            fact["then"] = fact["change"] or "Gone since"
            fact["at"] = fact["changes_at"] or fact["revoked_at"]
    show_list(facts, columns=("algorithm", "state", "kid", "then", "at"), as_json=as_json)


@keys.command()
def check(*, as_json: AsJson = False) -> None:
    """Have each key that signs sign something, and verify it. Ends with 5 where one can't: its signer may be away.

    Example: portal keys check
    """
    from portal.grants.repository.signing_keys import SigningKeys  # noqa: PLC0415 - a command loads what it needs
    from portal.grants.services.key_trials import try_keys  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            rows = SigningKeys(session).all()
        trials = sorted(try_keys(portal.issuer.keys, rows), key=lambda trial: trial.key.algorithm)
    facts: list[dict[str, Any]] = [
        {
            "algorithm": trial.key.algorithm,
            "kid": trial.key.kid,
            "signer": trial.key.signer,
            "signs": trial.problem is None,
            "milliseconds": round(trial.milliseconds, 1),
            "problem": trial.problem,
        }
        for trial in trials
    ]
    show_list(
        facts, columns=("algorithm", "signer", "signs", "milliseconds", "problem", "kid"), as_json=as_json
    )
    if any(trial.problem for trial in trials):
        raise typer.Exit(Exit.UNAVAILABLE)


@keys.command()
def rotate(
    algorithm: Annotated[AlgorithmName, typer.Argument(help="Whose next key is to sign.")],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let the next key sign from now on. Asks for --yes where apps may not know that key yet.

    Example: portal keys rotate ES256 --yes
    """
    from portal.grants.services.key_words import rotation_told  # noqa: PLC0415 - a command loads what it needs
    from portal.grants.usecases.keys import rotate_signing_key  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            told = rotation_told(session, algorithm, at=portal.ports.clock.now())
        if len(told) > 1:
            ask(*told, yes=yes)
        fresh = portal.ports.signers.make(algorithm)
        with acting(portal) as uow:
            rotated = rotate_signing_key(uow, fresh)
        _say(
            f"{algorithm} {rotated.key.kid} signs now",
            as_json=as_json,
            active=rotated.key.kid,
            next=fresh.kid,
        )


@keys.command()
def revoke(
    kid: Annotated[str, typer.Argument(help="The key's id, as `portal keys list` shows it.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let nothing count any more that the key signed. Says what would end, and does it with --yes.

    Example: portal keys revoke h2Kq0c --reason leaked --yes
    """
    from portal.grants.errors import SigningKeyNotFound  # noqa: PLC0415
    from portal.grants.repository.signing_keys import SigningKeys, algorithm_of  # noqa: PLC0415
    from portal.grants.services.key_words import revocation_told  # noqa: PLC0415
    from portal.grants.services.signing_keys import spare_key  # noqa: PLC0415
    from portal.grants.usecases.keys import revoke_signing_key  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            key = SigningKeys(session).by_kid(kid)
            if key is None:
                raise SigningKeyNotFound
            told = revocation_told(session, key, settings=portal.settings, at=portal.ports.clock.now())
        if key.state != "revoked":
            ask(*told, yes=yes)
        is_needed = key.state in {"active", "next"}
        spare = spare_key(portal.ports.signers, algorithm_of(key)) if is_needed else None
        with acting(portal) as uow:
            revoked = revoke_signing_key(uow, kid, reason=reason, replacement=spare)
        successor = revoked.successor.key.kid if revoked.successor else None
        instead = f"; {successor} signs now" if successor else ""
        _say(f"{kid} is revoked{instead}", as_json=as_json, revoked=kid, active=successor)


@keys.command(name="import")
def bring(
    file: Annotated[str, typer.Argument(help="PEM or private JWK; - reads it from here.")] = "-",
    *,
    state: Annotated[
        Literal["next", "retired"],
        typer.Option("--as", help="To sign next, or only to verify what it signed elsewhere."),
    ] = "next",
    algorithm: Annotated[AlgorithmName | None, typer.Option(help="Where the key leaves it open.")] = None,
    kid: Annotated[str | None, typer.Option(help="What tokens call it, if not by its own name.")] = None,
    ref: Annotated[
        str | None, typer.Option(help="Instead of a file: a key of the signer outside, by its name there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a key that was made elsewhere. As the next one it takes the place of the one that stands there.

    Example: portal keys import old.pem --as retired --algorithm RS256
    """
    from portal.grants.usecases.key_import import import_signing_key  # noqa: PLC0415

    with opened_portal() as portal:
        brought = _adopted(portal, ref, algorithm) if ref is not None else _read(file, state, algorithm, kid)
        with acting(portal) as uow:
            row = import_signing_key(uow, brought, state=state)
        _say(f"{row.algorithm} {row.kid} is published", as_json=as_json, kid=row.kid, state=row.state)


def _read(
    file: str, state: Literal["next", "retired"], algorithm: "Algorithm | None", kid: str | None
) -> "NewKey":
    from portal.grants.schemas import ImportKey  # noqa: PLC0415
    from portal.grants.usecases.key_import import read_key  # noqa: PLC0415
    from portal.infra.crypto.private_keys import MAX_CHARACTERS  # noqa: PLC0415

    try:
        with sys.stdin if file == "-" else Path(file).open(encoding="utf-8") as source:
            text = source.read(MAX_CHARACTERS + 1)
    except (OSError, UnicodeDecodeError) as problem:
        raise Stop(
            f"the key can't be read: {getattr(problem, 'strerror', None) or 'it is no text'}"
        ) from None
    return read_key(ImportKey(key=text, state=state, algorithm=algorithm, kid=kid))


def _adopted(portal: "Portal", ref: str, algorithm: "Algorithm | None") -> "NewKey":
    from portal.infra.crypto.remote_signer import RemoteSigner  # noqa: PLC0415

    outside = portal.ports.signers.outside
    if not isinstance(outside, RemoteSigner):
        raise Stop("there is no signer outside; set PORTAL_KEY_SIGNER")
    if algorithm is None:
        raise Stop("name the --algorithm of that key")
    return outside.adopt(ref, algorithm)


def _facts(portal: "Portal", session: "Session") -> list[dict[str, Any]]:
    from portal.grants.repository.signing_keys import SigningKeys  # noqa: PLC0415
    from portal.grants.rules.key_life import STATES  # noqa: PLC0415
    from portal.grants.services.signing_keys import life_of_keys  # noqa: PLC0415

    life = life_of_keys(portal.settings)
    rows = sorted(SigningKeys(session).all(), key=lambda key: (key.algorithm, STATES.index(key.state)))
    return [_fact(session, key, life=life) for key in rows]


def _fact(session: "Session", key: "SigningKey", *, life: "KeyLife") -> dict[str, Any]:
    from portal.grants.services.key_words import change_told  # noqa: PLC0415

    change, changes_at = change_told(session, key, life=life)
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "state": key.state,
        "signer": key.signer,
        "signer_ref": key.signer_ref,
        "published_at": key.created_at,
        "activated_at": key.activated_at,
        "retired_at": key.retired_at,
        "revoked_at": key.revoked_at,
        "change": change or None,
        "changes_at": changes_at,
    }


def _say(text: str, *, as_json: bool, **facts: str | None) -> None:
    done(text, facts, as_json=as_json)
