"""Who asks, and what they may see and do: the token's scope and the person's permission, as in REST."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.access.errors import PermissionMissing
from portal.http.bearer import Bearer, ScopeMissing
from portal.http.context import request_id
from portal.infra.actor import Actor
from portal.infra.errors import NotSignedIn

_NO_ADMINISTRATOR: Final = (
    "This is for administrators, and your account has no permission for anything of theirs."
)


class TokenMissing(NotSignedIn):
    """The field is for people who are signed in, and nobody is."""

    def __init__(self) -> None:
        super().__init__(
            "Sign in first: send an access token, or a personal access token, as “Authorization: Bearer”."
        )


@dataclass(slots=True)
class Sight:
    """What one caller may see. `entered` is who signed in by this very request, and sees their own account in it."""

    bearer: Bearer | None
    entered: UUID | None = None

    @property
    def caller(self) -> Bearer:
        """Who calls.

        Raises:
            TokenMissing
        """
        if self.bearer is None:
            raise TokenMissing
        return self.bearer

    @property
    def actor(self) -> Actor:
        return self.caller.actor

    def admit(self, *, administrators: bool, needed: tuple[str, str] | None = None) -> None:
        """What `@auth` asks: somebody is signed in; and there is something in the portal's own rooms that they may do.
        A no is remembered with its explanation, if it is known what they needed.

        Raises:
            TokenMissing, PermissionMissing
        """
        caller = self.caller
        if administrators and not caller.access.reaches_console:
            if needed is not None:
                raise caller.refused(*needed)
            raise PermissionMissing(_NO_ADMINISTRATOR, reference=request_id())

    def has(self, scope: str, action: str, resource: str) -> bool:
        """Whether the token was made for it, and its person may do it."""
        return self.bearer is not None and scope in self.bearer.scopes and self.bearer.may(action, resource)

    def require(self, scope: str, action: str, resource: str) -> None:
        """The same, or the reason why not; a missing permission is remembered with its explanation.

        Raises:
            TokenMissing, ScopeMissing, PermissionMissing
        """
        self.require_scope(scope)
        if not self.caller.may(action, resource):
            raise self.caller.refused(action, resource)

    def note_no(self, scope: str, action: str, resource: str) -> None:
        """Remember that this permission was missing, for an answer that must not say so. A token that was not made for
        it tried nothing.
        """
        if scope in self.caller.scopes and not self.caller.may(action, resource):
            self.caller.refused(action, resource)

    def require_scope(self, scope: str) -> None:
        """For what is the caller's own.

        Raises:
            TokenMissing, ScopeMissing
        """
        if scope not in self.caller.scopes:
            raise ScopeMissing(scope)

    def is_self(self, user_id: UUID) -> bool:
        """Whether this is the caller's own account, and the token may show it."""
        if self.entered == user_id:
            return True
        return self.owns(user_id, "account:read")

    def owns(self, user_id: UUID, scope: str) -> bool:
        """Whether it is the caller's own account, and the token is for that."""
        return self.bearer is not None and self.bearer.user_id == user_id and scope in self.bearer.scopes

    def sees(self, user_id: UUID) -> bool:
        """Whether they may know that there is such a person, and with that their name and address."""
        return self.is_self(user_id) or self.has("users:read", "read", "user")

    def require_roles_of(self, user_id: UUID) -> None:
        """One's own roles are on one's own page. Those of others are seen by whoever may see people.

        Raises:
            TokenMissing, ScopeMissing, PermissionMissing
        """
        if not self.is_self(user_id):
            self.require("roles:read", "read", "user")
