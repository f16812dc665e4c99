"""Grant > code > family > refresh token. Revoking any of them ends everything below it by one UPDATE."""

from portal.grants.models.asking import AuthorizationCode, DeviceCode, PushedRequest, UsedId
from portal.grants.models.consent import Grant
from portal.grants.models.keys import SigningKey
from portal.grants.models.leaving import LogoutNotice, SessionClient
from portal.grants.models.personal import PersonalToken
from portal.grants.models.tokens import OpaqueToken, RefreshToken, RevokedToken, TokenFamily

__all__ = [
    "AuthorizationCode",
    "DeviceCode",
    "Grant",
    "LogoutNotice",
    "OpaqueToken",
    "PersonalToken",
    "PushedRequest",
    "RefreshToken",
    "RevokedToken",
    "SessionClient",
    "SigningKey",
    "TokenFamily",
    "UsedId",
]
