"""What becomes of errors at the endpoints that programs call: JSON in the words of the RFCs, whatever went wrong."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import structlog
from authlib.oauth2 import OAuth2Error
from flask import Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from portal.grants.events import ClientRefused
from portal.http.context import client_ip, current_portal
from portal.http.throttles import note_throttled
from portal.infra.errors import DomainError, Kind
from portal.infra.rate_limit import CLIENT_REFUSED, Throttled
from portal.oauth.client_authentication import ClientRefusedError
from portal.oauth.provider import unknown_caller
from portal.oauth.responses import error_answer, json_answer

log = structlog.get_logger(__name__)
P = ParamSpec("P")

WAIT_SECONDS = 3


def protocol_errors(view: Callable[P, Response]) -> Callable[P, Response]:
    """Every way in which the view may fail has its answer here."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except ClientRefusedError as refusal:
            return refuse_client(refusal)
        except OAuth2Error as error:
            return answer_of(error)
        except DomainError as error:
            return _of_domain(error)
        except RequestEntityTooLarge:
            return error_answer("invalid_request", "The portal takes bodies of up to 64 kB.", 413)
        except SQLAlchemyError as away:
            # 503 and not a made-up answer: what was to be revoked is not revoked yet (RFC 7009 section 2.2.1)
            log.exception("protocol_storage_failed", kind=type(away).__name__)
            return _later(
                error_answer("temporarily_unavailable", "Try again in a moment.", 503), WAIT_SECONDS
            )

    return guarded


def answer_of(error: OAuth2Error) -> Response:
    """One of Authlib's errors, as it describes itself."""
    status, body, headers = error()
    return json_answer(body, status, headers)


def refuse_client(refusal: ClientRefusedError) -> Response:
    """401 with the scheme to use (RFC 6749 section 5.2), remembered; too many from one address are told to wait."""
    portal = current_portal()
    who = client_ip() or "unknown"
    outcome = portal.ports.limiter.hit("client_refused", who, CLIENT_REFUSED)
    if isinstance(outcome, Throttled):
        note_throttled("client_refused", who)
        answer = error_answer("temporarily_unavailable", "Too many failed client authentications.", 429)
        return _later(answer, outcome.retry_after_seconds)
    client = portal.clients.find(refusal.claimed) if refusal.claimed else None
    details = {"client_id": (refusal.claimed or "")[:64], "method": refusal.method}
    with portal.unit_of_work(unknown_caller()) as uow:
        touched = (client.ref,) if client else ()
        uow.publish(ClientRefused(touched=touched, reason=refusal.get_error_description(), details=details))
    response = answer_of(refusal)
    if refusal.status_code == 401:
        response.headers["WWW-Authenticate"] = (
            f'Basic realm="{portal.settings.base_url}", error="invalid_client"'
        )
    return response


def _of_domain(error: DomainError) -> Response:
    if error.kind is Kind.LIMITED:
        answer = error_answer("temporarily_unavailable", "Too many requests.", 429)
    else:
        log.error("protocol_failed", code=error.code)
        answer = error_answer("temporarily_unavailable", "The portal can not answer now.", 503)
    return _later(answer, getattr(error, "retry_after_seconds", WAIT_SECONDS))


def _later(response: Response, seconds: int) -> Response:
    response.headers["Retry-After"] = str(seconds)
    return response
