"""What a change of signing keys means, in sentences for whoever is about to make it: the same in pages and terminal."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from portal.grants.models import SigningKey
from portal.grants.repository.key_effects import MOST_COUNTED, KeyEffect, effect_of
from portal.grants.repository.signing_keys import SigningKeys
from portal.grants.rules.key_life import JWKS_LIFETIME, KeyLife, is_too_fresh
from portal.grants.services.tokens import ACCESS_TOKEN_ALGORITHM
from portal.infra.settings import Settings

_COPIES: Final = (
    "Whoever checks tokens by a copy of the keys takes them until that is looked at again: "
    f"{JWKS_LIFETIME.seconds // 60} minutes, by what the portal tells them."
)


def rotation_told(session: Session, algorithm: str, *, at: datetime) -> tuple[str, ...]:
    """What rotating now would do."""
    following = SigningKeys(session).in_state(algorithm, "next")
    if following is None:
        return ("There is no next key yet. The portal makes one within the hour.",)
    return (
        "The next key signs from then on, and a new next one is published. Tokens that are out go on working.",
        *_freshness(following, at=at),
    )


def revocation_told(
    session: Session, key: SigningKey, *, settings: Settings, at: datetime
) -> tuple[str, ...]:
    """What revoking the key now would end, and who signs instead."""
    if key.state == "next":
        return ("It has signed nothing yet, so nothing ends. Another next key takes its place.",)
    effect = effect_of(
        session,
        key,
        signs_access_tokens=key.algorithm == ACCESS_TOKEN_ALGORITHM,
        lifetime=timedelta(seconds=settings.access_token_seconds),
        at=at,
    )
    return (*_ended(key, effect), _COPIES, *_succession(session, key, at=at))


def change_told(session: Session, key: SigningKey, *, life: KeyLife) -> tuple[str, datetime | None]:
    """What happens to the key next by itself, and when; without a moment it is up to people."""
    keys = SigningKeys(session)
    match key.state:
        case "next":
            at = keys.signs_from(key.algorithm, life=life)
            return ("Signs", at) if at else ("Signs once somebody rotates", None)
        case "active":
            at = keys.signs_from(key.algorithm, life=life)
            return ("Gives way to the next one", at) if at else ("Signs until somebody rotates", None)
        case "retired" if key.retired_at is not None:
            return "Leaves the list of keys", life.goes_at(key.retired_at)
        case _:
            return "", None


def freshness_told(key: SigningKey) -> str:
    """What to know of a key that signs and that some may not have seen."""
    return (
        f"{key.algorithm} {key.kid[:12]} was published less than a day ago: an app that keeps a copy of the keys for "
        "longer than it was told may refuse tokens until it looks again."
    )


def _ended(key: SigningKey, effect: KeyEffect) -> tuple[str, ...]:
    if key.activated_at is None:
        return ("Nothing that it signed where it came from counts here any more.",)
    told = []
    if key.algorithm == ACCESS_TOKEN_ALGORITHM:
        several = f"about {effect.access_tokens:,} sign-in{'s' if effect.access_tokens != 1 else ''}"
        if effect.is_more:
            several = f"more than {MOST_COUNTED:,} sign-ins"
        told.append(
            f"The access tokens of {several} fail from then on, and those with which services speak for "
            "themselves. Refresh tokens go on working: apps get new tokens by themselves."
            if effect.access_tokens
            else "No person's access token that works now is signed by it; tokens with which services speak for "
            "themselves may be, and they get new ones."
        )
    if effect.apps:
        apps = "1 app" if effect.apps == 1 else f"{effect.apps:,} apps"
        told.append(
            f"{apps} with people signed in took ID tokens of {key.algorithm}. Those that it signed count no more, also "
            "as hints when somebody signs out. Nobody is signed out by it."
        )
    return tuple(told) or ("Nobody who is signed in has a token of its kind.",)


def _succession(session: Session, key: SigningKey, *, at: datetime) -> tuple[str, ...]:
    if key.state != "active":
        return ()
    following = SigningKeys(session).in_state(key.algorithm, "next")
    if following is None:
        return ("There is no next key, so a new one signs at once, which no app has seen.",)
    return ("The next key signs from then on.", *_freshness(following, at=at))


def _freshness(following: SigningKey, *, at: datetime) -> tuple[str, ...]:
    return (freshness_told(following),) if is_too_fresh(following.created_at, at=at) else ()
