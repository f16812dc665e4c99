"""Personal access tokens: seen and ended. They are made on a page only, where the password is asked for: a token that
could make another one would outlive its own end.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Listing, Nothing, OneQuery, View
from portal.api.v1.parts import ReasonQuery, person_of
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.usecases.personal_tokens import MOST, revoke_personal_token

tokens: Final = Room("Personal tokens", "Tokens that people make for their scripts.")
OF_SOMEBODY: Final = "/users/<uuid:user_id>/tokens"


class TokenView(View):
    """A token; its text, nobody can read again."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    is_current: bool = Field(description="Whether it is the token of this call.")


@tokens.get("/me/tokens", scope="account:read", query=OneQuery, returns=TokenView, is_list=True)
def list_my_tokens(call: Call[OneQuery, None]) -> Listing[TokenView]:
    """One's own tokens that are in force, the newest first."""
    return _live(call, call.bearer.user_id)


@tokens.delete("/me/tokens/<uuid:token_id>", scope="account:write")
def revoke_my_token(call: Call[Nothing, Any], token_id: UUID) -> None:
    """End one of one's own tokens; the one of this very call, too."""
    revoke_personal_token(call.uow, token_id, owner=person_of(call, call.bearer.user_id).ref)


@tokens.get(
    OF_SOMEBODY, scope="users:read", permission=("read", "user"), query=OneQuery, returns=TokenView, is_list=True
)  # fmt: skip
def list_tokens_of_user(call: Call[OneQuery, None], user_id: UUID) -> Listing[TokenView]:
    """Somebody's tokens that are in force, the newest first."""
    return _live(call, person_of(call, user_id).id)


@tokens.delete(
    f"{OF_SOMEBODY}/<uuid:token_id>", scope="users:write", permission=("update", "user"), query=ReasonQuery
)
def revoke_token_of_user(call: Call[ReasonQuery, Any], user_id: UUID, token_id: UUID) -> None:
    """End one of somebody's tokens."""
    owner = person_of(call, user_id).ref
    revoke_personal_token(call.uow, token_id, owner=owner, reason=call.query.reason)


def _live(call: Call[OneQuery, Any], user_id: UUID) -> Listing[TokenView]:
    """All of them on one page: a person has 50 at most."""
    current = call.bearer.standing.token_id
    live = TokensOfPerson(call.session, user_id).live(at=call.now)[:MOST]
    return Listing(
        items=[
            TokenView(
                id=one.id, name=one.name, scopes=list(one.scopes), created_at=one.created_at, expires_at=one.expires_at,
                last_used_at=one.last_used_at, is_current=str(one.id) == current,
            )
            for one in live
        ]
    )  # fmt: skip
