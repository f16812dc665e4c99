"""`@auth`, printed in the schema and enforced by the very same object: what a field says of itself is what it does."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from portal.api.graphql.context import Info


@strawberry.enum(description="Who may ask for a field.")
class AuthLevel(Enum):
    """Who may ask for a field."""

    USER = "USER"
    ADMIN = "ADMIN"


@strawberry.schema_directive(
    name="auth",
    locations=[Location.FIELD_DEFINITION],
    description="Only for people who are signed in; with ADMIN, only for administrators. "
    "The scopes of the token and the permissions of its person count on top.",
)
class Auth:
    """The directive. `UNSET` prints as a bare `@auth`, which is USER."""

    requires: AuthLevel | None = AuthLevel.USER


class Enforced(FieldExtension):
    """Asks before the resolver does, by the directive that stands on the field."""

    is_for_administrators: bool

    def __init__(self, needed: tuple[str, str] | None) -> None:
        self._needed = needed

    def apply(self, field: StrawberryField) -> None:
        directive = next(one for one in field.directives if isinstance(one, Auth))
        self.is_for_administrators = directive.requires is AuthLevel.ADMIN

    def resolve(self, next_: Callable[..., Any], source: object, info: Info, **arguments: Any) -> Any:  # noqa: ANN401
        info.context.sight.admit(administrators=self.is_for_administrators, needed=self._needed)
        return next_(source, info, **arguments)


F = TypeVar("F", bound=Callable[..., Any])


def field(
    description: str, *, requires: AuthLevel | None = None, needed: tuple[str, str] | None = None
) -> Callable[[F], F]:
    """A field that its function answers; with `requires`, for whom `@auth` says. `needed` is the action and the
    resource of the permission that it takes: who is no administrator is told that, and so is the log.
    """
    if requires is None:
        return cast("Callable[[F], F]", strawberry.field(description=description))
    said = strawberry.UNSET if requires is AuthLevel.USER else requires
    return cast(
        "Callable[[F], F]",
        strawberry.field(
            description=description, directives=[Auth(requires=said)], extensions=[Enforced(needed)]
        ),
    )


def hidden(description: str) -> Any:  # noqa: ANN401 - whatever the field is annotated with
    """A field that is sent and never printed: what a traceback shows of its object leaves it out."""
    made = strawberry.field(description=description)
    made.repr = False
    return made
