"""Tokens that a person makes for their own scripts: the list of them, a new one, and the end of one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask import Response, flash, request, url_for
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField

from portal.accounts.schemas import SignIn
from portal.accounts.services import User
from portal.clients.rules.api_scopes import API_SCOPES, OF_ONESELF, WORDS
from portal.grants.errors import PersonalTokenNotFound, TooManyPersonalTokens
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.schemas import MakePersonalTokenByPassword
from portal.grants.services.personal_tokens import end_in_words
from portal.grants.usecases.personal_tokens import MOST, make_personal_token, revoke_personal_token
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.http.shown_once import keep_for_next_page, take
from portal.http.signing_in import check_password
from portal.http.throttles import throttled
from portal.infra.errors import Invalid
from portal.infra.rate_limit import SIGN_IN
from portal.infra.unit_of_work import UnitOfWork
from portal.infra.user_agents import device_name
from portal.sessions.usecases.sign_in import SignInRefused
from portal.web.account import account, my_account, myself
from portal.web.security import words_of_refusal

MOST_SHOWN: Final = 2 * MOST
SOON: Final = timedelta(days=7)
DAYS: Final = (7, 30, 60, 90, 180, 365)
USUAL_DAYS: Final = 30


class NewTokenForm(SchemaForm[MakePersonalTokenByPassword]):
    """What it is called, what it may be used for, for how long; and the password that shows whose wish it is."""

    schema = MakePersonalTokenByPassword

    name = StringField("Token name")
    scopes = SelectMultipleField(
        "What it may be used for", choices={name: WORDS[name] for name in API_SCOPES}, validate_choice=False
    )
    days = SelectField("Lifetime", coerce=int, default=USUAL_DAYS, validate_choice=False)
    current_password = PasswordField("Password")


@account.get("/account/tokens")
@signed_in
def tokens() -> Response:
    """Those that work, those that lately did, and, once, the text of one that was made a moment ago."""
    me, at = myself(), current_portal().ports.clock.now()
    user = my_account()
    with reading() as database:
        found = TokensOfPerson(database, me.user_id).all(most=MOST_SHOWN)
    ends = {
        token.id: token.end_of(user_is_active=True, user_epoch=user.security_epoch, at=at) for token in found
    }
    return respond(
        "web/tokens/listing.html",
        nav="tokens",
        made=take(me.user_id),
        live=[token for token in found if ends[token.id] is None],
        over=[(token, end_in_words(ends[token.id])) for token in found if ends[token.id] is not None],
        ends_soon=lambda token: token.expires_at - at <= SOON,
        device_name=device_name,
    )


@account.route("/account/tokens/new", methods=["GET", "POST"])
@signed_in
@throttled("sign_in", SIGN_IN)
def new_token() -> Response:
    """Wrong passwords count as they do at the sign-in."""
    user = my_account()
    form = NewTokenForm()
    form.days.choices = days_offered(current_portal().settings.personal_token_days)
    wish = form.parse()
    if wish is None:
        return _page(form, user)

    def act(uow: UnitOfWork, person: User) -> str:
        return make_personal_token(uow, person, wish).text

    proof = SignIn(identifier=user.username, password=wish.current_password)
    try:
        outcome = check_password(proof, act)
    except (Invalid, TooManyPersonalTokens) as problem:
        form.reject(problem)
        return _page(form, user)
    if isinstance(outcome, SignInRefused):
        form.current_password.errors = [*form.current_password.errors, words_of_refusal(outcome)]
        return _page(form, user)
    keep_for_next_page(user.id, outcome)
    flash(f"The token {wish.name} works until {_day(days=wish.days)}")
    return see_other(url_for("account.tokens"))


@account.route("/account/tokens/<uuid:token_id>/revoke", methods=["GET", "POST"])
@signed_in
def revoke_token(token_id: UUID) -> Response:
    """Asks first: whatever still uses it stops working."""
    me = myself()
    if request.method == "POST":
        with unit_of_work() as uow:
            name = revoke_personal_token(uow, token_id, owner=my_account().ref)
        flash(f"Revoked {name}")
        return see_other(url_for("account.tokens"))
    with reading() as database:
        token = TokensOfPerson(database, me.user_id).get(token_id)
    if token is None:
        raise PersonalTokenNotFound
    return respond("web/tokens/revoke.html", nav="tokens", token=token)


def days_offered(most: int) -> list[tuple[int, str]]:
    """As many days as the portal allows, in steps that people think in."""
    return [(days, f"{days} days") for days in sorted({*DAYS, most}) if days <= most]


def _page(form: NewTokenForm, user: User) -> Response:
    of_others: Sequence[str] = [name for name in API_SCOPES if name not in OF_ONESELF]
    return respond(
        "web/tokens/new.html",
        status=form.status,
        nav="tokens",
        form=form,
        username=user.username,
        of_oneself=OF_ONESELF,
        of_others=of_others if myself().is_administrator else (),
        hints={name: name for name in API_SCOPES},
    )


def _day(*, days: int) -> str:
    end: datetime = current_portal().ports.clock.now() + timedelta(days=days)
    return f"{end.day} {end:%B %Y}"
