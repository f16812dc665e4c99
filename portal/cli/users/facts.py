"""What commands say of a person: nothing that opens anything."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.services import User


def in_short(user: "User", roles: Sequence[str]) -> dict[str, Any]:
    """A line of the list."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        "name": user.name,
        "is_active": user.is_active,
        "roles": list(roles),
        "created_at": user.created_at,
        "last_sign_in_at": user.last_sign_in_at,
    }


def in_full(session: "Session", user: "User", *, at: datetime) -> dict[str, Any]:
    """With every way to a role, and every group."""
    from portal.access.repository import Groups, Roles  # noqa: PLC0415 - a command loads what it needs
    from portal.accounts.schemas import Profile  # noqa: PLC0415

    held, groups = Roles(session).held_by(user.id, at=at), Groups(session).of_user(user.id, at=at)
    profile = profile_of(user)
    said = {name: profile[name] for name in Profile.model_fields if name not in {"name", "username"}}
    return {
        **in_short(user, sorted({one.name for one in held})),
        "has_password": user.password_hash is not None,
        "disabled_reason": user.disabled_reason,
        "updated_at": user.updated_at,
        "profile": {name: value for name, value in said.items() if value is not None},
        "attributes": dict(user.attributes or {}),
        "held": [{"role": one.name, "through": one.group_name, "ends_at": one.ends_at} for one in held],
        "groups": [{"group": one.name, "ends_at": one.ends_at} for one in groups],
    }


def profile_of(user: "User") -> dict[str, Any]:
    """What the person says of themselves, under the names of `Profile`."""
    from portal.accounts.schemas import Profile  # noqa: PLC0415

    address = user.address or {}
    return {
        name: getattr(user, name) if hasattr(user, name) else address.get(name)
        for name in Profile.model_fields
    }
