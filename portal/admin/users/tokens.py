"""Tokens that a person made for their scripts, and how an operator ends one. Nobody but the person saw its text."""

from uuid import UUID

from flask import Response, flash
from wtforms import TextAreaField

from portal.accounts.schemas import StateReason
from portal.admin.console import page
from portal.admin.users.blueprint import somebody, to_person, users
from portal.grants.errors import PersonalTokenNotFound
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.usecases.personal_tokens import revoke_personal_token
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires


class RevokeForm(SchemaForm[StateReason]):
    """Why; it stays in the audit log."""

    schema = StateReason

    reason = TextAreaField("Reason")


@users.route("/admin/users/<uuid:user_id>/tokens/<uuid:token_id>/revoke", methods=["GET", "POST"])
@requires("update", "user")
def revoke_token(user_id: UUID, token_id: UUID) -> Response:
    """Says what will happen and asks for the reason; then the token counts no more."""
    with reading() as session:
        user = somebody(session, user_id)
        token = TokensOfPerson(session, user_id).get(token_id)
    if token is None:
        raise PersonalTokenNotFound
    form = RevokeForm()
    wish = form.parse()
    if wish is not None:
        with unit_of_work() as uow:
            name = revoke_personal_token(uow, token_id, owner=user.ref, reason=wish.reason)
        flash(f"Revoked {name}")
        return to_person(user_id)
    return page("admin/users/revoke_token.html", status=form.status, form=form, user=user, token=token)
