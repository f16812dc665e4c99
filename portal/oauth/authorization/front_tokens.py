"""The tokens of an answer that come through the browser, signed (OpenID Connect Core 3.2.2.5, 3.3.2.5)."""

from typing import Final

from authlib.oauth2 import OAuth2Error

from portal.grants.rules.front_channel import has_access_token
from portal.grants.rules.interaction import Fault
from portal.grants.rules.response_types import has_code, has_id_token
from portal.grants.services import Issued
from portal.grants.services.access_tokens import write_access_token
from portal.grants.usecases.cases import Answered, Case
from portal.http.context import current_portal
from portal.infra.unit_of_work import UnitOfWork
from portal.oauth.encryption import encrypted, make_ready

BEARER: Final = "Bearer"


def key_fault(case: Case) -> Fault | None:
    """Why an ID token could not be encrypted for this app, found out before a transaction begins; None where it can be,
    or need not.
    """
    if not has_id_token(case.request.response_type):
        return None
    try:
        make_ready(case.client, "id_token")
    except OAuth2Error as missing:
        return Fault(missing.error, missing.get_error_description())
    return None


def tokens_in_front(uow: UnitOfWork, case: Case, answered: Answered) -> dict[str, str]:
    """Every token that the response type names, as parameters of the answer.

    Raises:
        KeyMissingError: the key that an ID token is to be encrypted for is gone since `key_fault`.
    """
    issued, kind = answered.issued, case.request.response_type
    if issued is None:
        return {}
    told = _access_token(uow, case, issued) if has_access_token(kind) else {}
    if not has_id_token(kind):
        return told
    signed = current_portal().issuer.id_token(
        issued,
        client=case.client,
        access_token=told.get("access_token"),
        further=answered.told,
        at=uow.now,
        code=answered.code,
        # what came with a code is bound to it by the hash of the state too (FAPI 1.0 part 2, section 5.2.2)
        state=case.request.state if has_code(kind) else None,
    )
    return {**told, "id_token": encrypted(case.client, signed, "id_token")}


def _access_token(uow: UnitOfWork, case: Case, issued: Issued) -> dict[str, str]:
    issuer = current_portal().issuer
    return {
        "access_token": write_access_token(uow, issuer, issued, client=case.client, scope=issued.scope),
        "token_type": BEARER,
        "expires_in": str(issuer.seconds_of(issued, at=uow.now)),
        "scope": issued.scope,
    }
