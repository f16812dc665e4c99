"""What the worker does for accounts: it alone looks whether an address is known, and decides what is mailed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from portal.accounts.models import MailedToken
from portal.accounts.repository import MailedTokens, PendingSignUps, Users
from portal.accounts.rules import (
    EMAIL_CHANGE_LIFETIME,
    INVITATION_LIFETIME,
    RECOVERY_LIFETIME,
    SIGN_UP_LIFETIME,
)
from portal.accounts.services import sign_up_code_digest
from portal.infra.crypto.digests import TokenKind, issue, short_code
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

# Enough for anybody who lost a mail, too few to be a nuisance.
MOST_SIGN_UP_MAILS: Final = 10
"""To one address in an hour, however many browsers ask."""
RECOVERY_PERIOD: Final = timedelta(hours=1)
MOST_RECOVERY_MAILS: Final = 5
EMAIL_CHANGE_PERIOD: Final = timedelta(hours=1)
MOST_EMAIL_CHANGE_MAILS: Final = 5


def mail_sign_up(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """A code and a link; or, to somebody who has an account already, word of that and no code.

    Nobody fills a stranger's inbox with either, or gets one code for it after the other.
    """
    sign_ups = PendingSignUps(uow.session)
    pending = sign_ups.get(UUID(payload["sign_up_id"]))
    if pending is None or not pending.is_open(at=uow.now):
        return
    if sign_ups.mails_to(pending.email, at=uow.now) > MOST_SIGN_UP_MAILS:
        pending.withhold()
        return
    base_url = uow.ports.settings.base_url
    if Users(uow.session).exists_by_email(pending.email):
        uow.ports.letters.send(
            uow,
            "already_registered",
            to=pending.email,
            context={"sign_in_link": f"{base_url}/login", "recover_link": f"{base_url}/recover"},
        )
        return
    link, code = issue(TokenKind.SIGN_UP, pending.id), short_code()
    pending.expect(
        link_digest=link.digest, code_digest=sign_up_code_digest(uow.ports.sealer, pending.id, code)
    )
    uow.ports.letters.send(
        uow,
        "verify_email",
        to=pending.email,
        context={
            "code": code,
            "link": f"{base_url}/verify/{link.token}",
            "expires_minutes": SIGN_UP_LIFETIME // timedelta(minutes=1),
        },
    )


def mail_email_change(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """A link to the new address; or, where it has an account already, word of that and a link that opens nothing.

    Both count: nobody fills a stranger's inbox with it.
    """
    user, email = Users(uow.session).get(UUID(payload["user_id"])), payload["email"]
    tokens = MailedTokens(uow.session)
    if user is None or not user.is_active:
        return
    since = uow.now - EMAIL_CHANGE_PERIOD
    if tokens.count_since(since, user_id=user.id, purpose="change_email") >= MOST_EMAIL_CHANGE_MAILS:
        return
    other = Users(uow.session).by_email(email)
    is_free = other is None or other.id == user.id
    tokens.replace_older(user_id=user.id, purpose="change_email", at=uow.now)
    token_id = new_id()
    issued = issue(TokenKind.MAILED, token_id)
    uow.session.add(
        MailedToken(
            id=token_id,
            purpose="change_email",
            digest=issued.digest,
            user_id=user.id,
            email=email,
            security_epoch=user.security_epoch,
            created_at=uow.now,
            expires_at=uow.now + EMAIL_CHANGE_LIFETIME if is_free else uow.now,
        )
    )
    base_url = uow.ports.settings.base_url
    if not is_free:
        uow.ports.letters.send(uow, "address_in_use", to=email, context={"sign_in_link": f"{base_url}/login"})
        return
    uow.ports.letters.send(
        uow,
        "change_address" if email != user.email else "confirm_address",
        to=email,
        context={
            "link": f"{base_url}/account/email/{issued.token}",
            "expires_minutes": EMAIL_CHANGE_LIFETIME // timedelta(minutes=1),
            "username": user.username,
        },
    )


def mail_invitation(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """A link to somebody's first password. It is a recovery link with a longer life, and replaces an older one."""
    user = Users(uow.session).get(UUID(payload["user_id"]))
    if user is None or not user.is_active or user.password_hash is not None:
        return
    MailedTokens(uow.session).replace_older(user_id=user.id, purpose="recover", at=uow.now)
    token_id = new_id()
    issued = issue(TokenKind.MAILED, token_id)
    uow.session.add(
        MailedToken(
            id=token_id,
            purpose="recover",
            digest=issued.digest,
            user_id=user.id,
            email=user.email,
            security_epoch=user.security_epoch,
            created_at=uow.now,
            expires_at=uow.now + INVITATION_LIFETIME,
        )
    )
    uow.ports.letters.send(
        uow,
        "invitation",
        to=user.email,
        context={
            "link": f"{uow.ports.settings.base_url}/recover/{issued.token}",
            "recover_link": f"{uow.ports.settings.base_url}/recover",
            "expires_days": INVITATION_LIFETIME // timedelta(days=1),
            "username": user.username,
            "by": payload["by"],
        },
    )


def mail_recovery(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """A link to the address on file, never to the one that was typed (CVE-2019-19844). Nothing for strangers."""
    user = Users(uow.session).by_email(payload["email"])
    tokens = MailedTokens(uow.session)
    if user is None or not user.is_active:
        return
    if (
        tokens.count_since(uow.now - RECOVERY_PERIOD, user_id=user.id, purpose="recover")
        >= MOST_RECOVERY_MAILS
    ):
        return
    tokens.replace_older(user_id=user.id, purpose="recover", at=uow.now)
    token_id = new_id()
    issued = issue(TokenKind.MAILED, token_id)
    uow.session.add(
        MailedToken(
            id=token_id,
            purpose="recover",
            digest=issued.digest,
            user_id=user.id,
            email=user.email,
            security_epoch=user.security_epoch,
            created_at=uow.now,
            expires_at=uow.now + RECOVERY_LIFETIME,
        )
    )
    flow = f"?flow={payload['flow_id']}" if payload.get("flow_id") else ""
    uow.ports.letters.send(
        uow,
        "recover_password",
        to=user.email,
        context={
            "link": f"{uow.ports.settings.base_url}/recover/{issued.token}{flow}",
            "expires_minutes": RECOVERY_LIFETIME // timedelta(minutes=1),
            "ip": payload["ip"],
            "browser": payload["browser"],
        },
    )
