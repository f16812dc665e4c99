"""Tokens as the portal's own APIs read them: access tokens of a person (RFC 9068 section 4) for this portal, alive now,
and the tokens that people make for their scripts.
"""

from datetime import datetime

from authlib.oauth2 import OAuth2Error
from flask import Flask

from portal.grants.repository.standings import AccessStanding
from portal.grants.services import AccessToken
from portal.http.bearer import READER, AccountDisabled, BearerRefused, Standing
from portal.http.context import asking, current_portal
from portal.http.personal_tokens import is_personal, personal_standing
from portal.infra.actor import TokenUsed
from portal.infra.errors import Invalid
from portal.oauth.presented import is_of_disabled_person, live_access_token
from portal.oauth.resources import REFUSALS, SentToken, challenged, check_sender, sent_token

_OF_NOBODY = (
    "This token stands for an app, and these addresses act for a person. Use a token that a person's sign-in gave, "
    "or a personal access token."
)
_DEAD = "The access token is unknown, has expired, was revoked, or is for another API. Ask for a new one."
_DEAD_PERSONAL = (
    "The personal access token is unknown, has expired or was revoked. Its person can make a new one."
)


def introduce(app: Flask) -> None:
    """Let the doors beside this one read access tokens."""
    app.extensions[READER] = read_access_token


def read_access_token(at: datetime) -> Standing:
    """The token of the request at hand.

    Raises:
        AccountDisabled
        BearerRefused: with the challenges of RFC 6750 section 3 and RFC 9449 section 7.1.
        Invalid: it was sent twice, or in the address.
    """
    sent: SentToken | None = None
    try:
        sent = sent_token()
        if is_personal(sent.text):
            return _personal(sent, at=at)
        with asking() as session:
            live = live_access_token(sent.text, session, at=at)
            if live is None and is_of_disabled_person(sent.text, session, at=at):
                raise AccountDisabled
        if live is None or not _is_for_us(live.token):
            raise _refused(sent, _DEAD)
        if live.standing is None:
            raise _refused(sent, _OF_NOBODY)
        check_sender(sent, live.token, at=at)
    except REFUSALS as refusal:
        raise _as_refused(refusal, sent) from None
    except OAuth2Error as malformed:
        raise Invalid(malformed.get_error_description(), code=malformed.error) from None
    return _standing(live.token, live.standing)


def _personal(sent: SentToken, *, at: datetime) -> Standing:
    """A token of a script. It is bound to no key, so no proof makes it any better."""
    standing = personal_standing(sent.text, at=at) if sent.scheme == "Bearer" else None
    if standing is None:
        raise _refused(sent, _DEAD_PERSONAL)
    return standing


def _is_for_us(token: AccessToken) -> bool:
    """For this portal and for nobody else: an API that is sent a token, and is not the only one that it is for, could
    act here with it in the person's name. The userinfo endpoint is content to be among them.
    """
    return set(token.audience) == {current_portal().issuer.issuer}


def _standing(token: AccessToken, behind: AccessStanding) -> Standing:
    family = behind.family
    client = current_portal().clients.find(token.client_id)
    return Standing(
        token=TokenUsed(
            kind="access_token", id=family.id, name=client.client_name if client else "", jti=token.jti
        ),
        user=behind.user,
        scopes=frozenset(token.scope.split()),
        client_id=token.client_id,
        client_pk=client.id if client else None,
        session_id=family.session_id,
        amr=tuple(family.amr),
        acr=family.acr,
        auth_time=family.auth_time,
        family_id=family.id,
    )


def _as_refused(refusal: OAuth2Error, sent: SentToken | None) -> BearerRefused:
    challenges = tuple(challenged(refusal, sent).headers.getlist("WWW-Authenticate"))
    return BearerRefused(refusal.get_error_description(), code=refusal.error, challenges=challenges)


def _refused(sent: SentToken, words: str) -> BearerRefused:
    realm = current_portal().settings.base_url
    return BearerRefused(
        words,
        challenges=(f'{sent.scheme} realm="{realm}", error="invalid_token", error_description="{words}"',),
    )
