"""Changes. Each is a unit of work of its own, by the use cases of the pages."""

from typing import Final
from uuid import UUID

import strawberry

from portal.access.services.powers import ensure_may_stand_in_for
from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser, NewEmail, StateReason
from portal.accounts.usecases.change_email import ask_email_change, set_email
from portal.accounts.usecases.manage_users import delete_user, disable_user, enable_user
from portal.api import entering
from portal.api.graphql.auth import AuthLevel, field
from portal.api.graphql.context import Context, Info
from portal.api.graphql.inputs import LoginInput, RegisterInput, UpdateUserInput, row_id
from portal.api.graphql.types import AuthPayload, User
from portal.api.inputs import checked
from portal.clients.usecases.own import OWN_CLIENT_ID
from portal.grants.usecases.own_tokens import give_back_family
from portal.http.context import current_portal
from portal.infra.errors import Conflict
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.errors import SessionNotFound
from portal.sessions.usecases.sign_out import end_session

REASON: Final = "by GraphQL"


class NoSignIn(Conflict):
    """The token came from no sign-in, so there is nothing to sign out of."""

    code = "no_sign_in"

    def __init__(self) -> None:
        super().__init__("A personal access token is of no sign-in. Revoke it on the page where it was made.")


@strawberry.type
class Mutation:
    """What can be changed."""

    @field(
        "Make an account and sign in. A link to confirm the address is mailed. Where the portal wants it "
        "confirmed first, the account is made and the answer is the error email_unverified."
    )
    def register(self, info: Info, input: RegisterInput) -> AuthPayload:  # noqa: A002 - the contract's name
        return _payload(info, entering.register_and_enter(input.members()))

    @field("Sign in. Lockout, throttles and the audit log are those of the pages.")
    def login(self, info: Info, input: LoginInput) -> AuthPayload:  # noqa: A002
        return _payload(info, entering.login(input.members()))

    @field(
        "End the sign-in that the token came from, with everything that was issued for it.",
        requires=AuthLevel.USER,
    )
    def logout(self, info: Info) -> bool:
        standing = info.context.sight.caller.standing
        client = current_portal().clients.find(standing.client_id) if standing.client_id else None
        if standing.family_id is None or client is None:
            raise NoSignIn
        with _unit(info) as uow:
            give_back_family(uow, standing.family_id, client=client)
            if client.client_id == OWN_CLIENT_ID and standing.session_id is not None:
                _end(uow, standing.session_id, user_id=standing.user.id)
        return True

    @field(
        "Oneself, with the scope account:write: another address is used once the link that is mailed to it "
        "is followed. Others, with users:write and the permission user:update: at once, and to be confirmed.",
        requires=AuthLevel.USER,
    )
    def update_user(self, info: Info, id: strawberry.ID, input: UpdateUserInput) -> User:  # noqa: A002
        context, user_id = info.context, row_id(id)
        is_operator = _may_update(context, user_id)
        if user_id is None:
            raise UserNotFound
        with _unit(info) as uow:
            if input.email:
                _change_email(
                    uow, user_id, checked(NewEmail, {"email": input.email}), is_operator=is_operator
                )
            if input.is_active is True:
                _as_operator(context)
                enable_user(uow, user_id)
            elif input.is_active is False:
                _as_operator(context)
                disable_user(uow, user_id, DisableUser(reason=REASON))
            uow.session.flush()
            row = Users(uow.session).get(user_id)
        context.forget()
        if row is None:
            raise UserNotFound
        return User.of(row, info)

    @field(
        "The account and all that hangs on it. With the scope users:write and the permission user:delete.",
        requires=AuthLevel.ADMIN,
        needed=("delete", "user"),
    )
    def delete_user(self, info: Info, id: strawberry.ID) -> bool:  # noqa: A002
        info.context.sight.require("users:write", "delete", "user")
        user_id = row_id(id)
        if user_id is None:
            raise UserNotFound
        with _unit(info) as uow:
            delete_user(uow, user_id, StateReason(reason=REASON))
        info.context.forget()
        return True


def _payload(info: Info, entered: entering.Entered) -> AuthPayload:
    info.context.forget()
    info.context.sight.entered = entered.user.id
    return AuthPayload.of(User.of(entered.user, info), entered.tokens)


def _may_update(context: Context, user_id: UUID | None) -> bool:
    """Whether as an operator; else it is oneself. Who may not, and may not see the person, hears that there is none;
    that they tried is remembered all the same.

    Raises:
        UserNotFound, ScopeMissing, PermissionMissing
    """
    sight = context.sight
    if sight.has("users:write", "update", "user"):
        return user_id != sight.caller.user_id
    if user_id is not None and user_id == sight.caller.user_id:
        sight.require_scope("account:write")
        return False
    if user_id is None or not sight.sees(user_id):
        sight.note_no("users:write", "update", "user")
        raise UserNotFound
    sight.require("users:write", "update", "user")
    return True


def _as_operator(context: Context) -> None:
    """Nobody shuts or opens their own doors, or others' without leave."""
    context.sight.require("users:write", "update", "user")


def _change_email(uow: UnitOfWork, user_id: UUID, wish: NewEmail, *, is_operator: bool) -> None:
    if is_operator:
        if Users(uow.session).get(user_id) is None:
            raise UserNotFound
        ensure_may_stand_in_for(uow, user_id)
        set_email(uow, user_id, wish)
        return
    user = Users(uow.session).get(user_id)
    if user is None:
        raise UserNotFound
    ask_email_change(uow, user, wish)


def _end(uow: UnitOfWork, session_id: UUID, *, user_id: UUID) -> None:
    try:
        end_session(uow, session_id, user_id=user_id)
    except SessionNotFound:
        return  # it has ended in the meantime


def _unit(info: Info) -> UnitOfWork:
    """The transaction of one change, by whoever sent the token."""
    return current_portal().unit_of_work(info.context.sight.actor)
