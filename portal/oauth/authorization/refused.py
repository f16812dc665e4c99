"""Requests that must not be answered by a redirect: nobody knows yet that the address is the client's own.

The person reads what happened and that it is not their fault; the developer reads what was sent and what is registered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response

from portal.clients.rules import redirect_uri_difference
from portal.clients.snapshots import ClientSnapshot
from portal.http.problems import Problem, answer

NOT_YOURS: Final = (
    "It isn't your fault, and your account is safe. Go back to the app, or tell the people who run it."
)
MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class WrongAddress:
    """A redirect URI that is not the client's."""

    client: ClientSnapshot
    sent: str


class RequestRefusedError(Exception):
    """A request that is answered here, with a page (RFC 6749 section 4.1.2.1)."""

    def __init__(
        self,
        code: str,
        title: str,
        message: str,
        developer: Sequence[tuple[str, str]],
        *,
        status: int = 400,
        wrong_address: WrongAddress | None = None,
    ) -> None:
        super().__init__(code)
        self.wrong_address = wrong_address
        self.problem = Problem(
            status=status,
            code=code,
            title=title,
            message=message,
            advice=NOT_YOURS,
            developer=tuple((label, value[:MAX_SHOWN]) for label, value in developer),
        )

    def page(self) -> Response:
        return answer(self.problem)


def malformed(reason: str) -> RequestRefusedError:
    return RequestRefusedError(
        "invalid_request",
        "The app's request can't be read",
        "The app sent you here with a malformed request.",
        [("Error", "invalid_request"), ("Why", reason)],
    )


def client_missing() -> RequestRefusedError:
    return RequestRefusedError(
        "client_id_missing",
        "This request doesn't say which app it is for",
        "The app sent you here without its client ID.",
        [
            ("Error", "invalid_request"),
            ("Parameter", "client_id"),
            ("Sent", ""),
            ("Fix", "Send the client ID."),
        ],
    )


def client_unknown(client_id: str) -> RequestRefusedError:
    return RequestRefusedError(
        "client_unknown",
        "The portal doesn't know this app",
        "An app sent you here with a client ID that isn't registered.",
        [
            ("Error", "invalid_client"),
            ("Parameter", "client_id"),
            ("Sent", client_id),
            ("Fix", "Compare it with the client ID on the app's page in the admin console."),
        ],
    )


def document_unusable(client_id: str, reason: str) -> RequestRefusedError:
    return RequestRefusedError(
        "client_document_unusable",
        "The app's description can't be used",
        "An app sent you here that describes itself at an address of its own, and the portal can't use that.",
        [("Error", "invalid_client"), ("Parameter", "client_id"), ("Sent", client_id), ("Why", reason)],
    )


def client_disabled(client: ClientSnapshot) -> RequestRefusedError:
    return RequestRefusedError(
        "client_disabled",
        f"{client.client_name} is switched off",
        f"An administrator has switched off signing in to {client.client_name}.",
        [("Error", "unauthorized_client"), ("Parameter", "client_id"), ("Sent", client.client_id)],
        status=403,
    )


def redirect_uri_missing(client: ClientSnapshot) -> RequestRefusedError:
    return RequestRefusedError(
        "redirect_uri_missing",
        "The app didn't say where to go back to",
        f"{client.client_name} sent you here without a return address.",
        [
            ("Error", "invalid_request"),
            ("Parameter", "redirect_uri"),
            ("Sent", ""),
            *_registered(client.redirect_uris),
        ],
    )


def redirect_uri_unregistered(client: ClientSnapshot, sent: str) -> RequestRefusedError:
    difference = redirect_uri_difference(sent, client.redirect_uris)
    return RequestRefusedError(
        "redirect_uri_mismatch",
        "The app's return address isn't registered",
        f"{client.client_name} sent you here with a return address that it isn't registered for.",
        [
            ("Error", "invalid_request"),
            ("Parameter", "redirect_uri"),
            ("Sent", sent),
            ("Nearest registered", difference.closest or ""),
            ("Difference", difference.sentence),
            ("Fix", "Register exactly this address for the app, or send a registered one."),
        ],
        wrong_address=WrongAddress(client, sent),
    )


def request_unusable(client: ClientSnapshot, error: str, why: str) -> RequestRefusedError:
    """Nothing in it can be believed, not even where the answer should go."""
    return RequestRefusedError(
        error,
        "The app's request can't be used",
        f"{client.client_name} sent you here with a request that the portal can't take.",
        [("Error", error), ("Why", why), ("Client", client.client_id)],
    )


def request_uri_unknown(client: ClientSnapshot) -> RequestRefusedError:
    """Never handed in, forgotten since, or another client's: the three look alike."""
    return _request_uri(
        client,
        "request_uri_unknown",
        "The app's request isn't here",
        f"{client.client_name} sent you here with a reference to a request that the portal doesn't have.",
        "Push the request anew, as the client that sends the browser.",
    )


def request_uri_used(client: ClientSnapshot) -> RequestRefusedError:
    return _request_uri(
        client,
        "request_uri_used",
        "This sign-in has been answered already",
        f"{client.client_name} sent you here with a request that was answered once. That is as often as it works.",
        "Push a new request for each sign-in.",
    )


def request_uri_expired(client: ClientSnapshot) -> RequestRefusedError:
    return _request_uri(
        client,
        "request_uri_expired",
        "This sign-in took too long to begin",
        f"{client.client_name} sent you here with a request that isn't good any more.",
        "Send the browser within the seconds that expires_in names.",
    )


def _request_uri(client: ClientSnapshot, code: str, *words: str) -> RequestRefusedError:
    title, message, fix = words
    return RequestRefusedError(
        code,
        title,
        message,
        [
            ("Error", "invalid_request_uri"),
            ("Parameter", "request_uri"),
            ("Client", client.client_id),
            ("Fix", fix),
        ],
    )


def state_too_long(length: int, most: int) -> RequestRefusedError:
    return RequestRefusedError(
        "state_too_long",
        "The app's request is too long",
        "The app sent you here with more than the portal can carry back.",
        [
            ("Error", "invalid_request"),
            ("Parameter", "state"),
            ("Sent", f"{length} characters"),
            ("At most", str(most)),
        ],
    )


def _registered(uris: Sequence[str]) -> list[tuple[str, str]]:
    return [("Registered", uri) for uri in uris[:5]] or [("Registered", "")]
