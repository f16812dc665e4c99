"""The token endpoint (RFC 6749 section 3.2): POST only, from the body only, each parameter once."""

import structlog
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Response, after_this_request, request
from sqlalchemy.exc import SQLAlchemyError

from portal.clients.snapshots import SecretDigest
from portal.clients.usecases import note_secret_use
from portal.http.context import current_portal, unit_of_work
from portal.http.throttles import throttle
from portal.infra.actor import SYSTEM
from portal.infra.rate_limit import TOKEN
from portal.oauth.binding import prove_keys, require_keys
from portal.oauth.client_authentication import METHODS
from portal.oauth.encryption import make_ready
from portal.oauth.grant_types import PREPARED
from portal.oauth.provider import acting_client, provider
from portal.oauth.refusals import protocol_errors
from portal.oauth.requests import ProtocolRequest

log = structlog.get_logger(__name__)


@protocol_errors
def token() -> Response:
    """Tokens for a code, a refresh token or a client's own credentials."""
    throttle("token", TOKEN)
    asked = authenticated_form(will_act=True)
    require_keys(asked)
    # so that no transaction waits for a second connection to read them by, while others wait for its locks
    current_portal().issuer.keys.make_ready()
    make_ready(asked.snapshot, "id_token")
    grant_type = asked.form.get("grant_type")
    if grant_type is None:
        raise InvalidRequestError("The grant_type is missing.")
    prepare = PREPARED.get(grant_type)
    if prepare is not None:
        asked.basis = prepare(asked)
    with unit_of_work(acting_client(asked.snapshot)) as uow:
        asked.unit = uow
        # errors come back as answers, so that what they leave behind (a revoked family) is committed
        answer: Response = provider().server.create_token_response(asked)
        return answer


def authenticated_form(*, will_act: bool = False) -> ProtocolRequest:
    """The posted request of a client that has proved itself. What it proved itself by may count once only, and is used
    up at once; a door that `will_act` does it in its own transaction, when it sets `unit`. The keys that came proved
    beside are its `confirmation`.

    Raises:
        InvalidRequestError, ClientRefusedError: it is malformed, or nobody's.
    """
    asked = ProtocolRequest.of_form(request)
    if asked.parameters.problem:
        raise InvalidRequestError(asked.parameters.problem)
    provider().server.authenticate_client(asked, METHODS)
    if asked.secret is not None:
        _note_use(asked.secret)
    prove_keys(asked)
    if asked.has_unused and not will_act:
        with unit_of_work(acting_client(asked.snapshot)) as uow:
            asked.use_up(uow)
    return asked


def _note_use(secret: SecretDigest) -> None:
    """Write down that the secret is in use, once an hour, when the answer stands; an answer never fails by it."""
    portal = current_portal()
    if not portal.clients.is_use_due(secret, at=portal.ports.clock.now()):
        return

    @after_this_request
    def note(response: Response) -> Response:
        try:
            with portal.unit_of_work(SYSTEM) as uow:
                note_secret_use(uow, secret.id)
        except SQLAlchemyError as away:
            log.warning("secret_use_not_noted", kind=type(away).__name__)
        return response
