"""The request of a rehearsed sign-in: how an app asks, within what it is registered for."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.scopes import allowed_of
from portal.grants.schemas import AuthorizationRequest, RequestedClaims
from portal.grants.services.rehearsed import Stage

NONCE = "the nonce of the request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who signs in to what, and how the app asks."""

    user_id: UUID
    scopes: tuple[str, ...] = ()
    """As the app sends them; none stands for everything that it is registered for."""
    prompts: tuple[str, ...] = ()
    max_age_seconds: int | None = None
    claims: RequestedClaims = field(default_factory=RequestedClaims)
    acr: str = "1"
    """Of the sign-in that is taken for granted."""
    amr: tuple[str, ...] = ("pwd",)


def request_of(
    client: ClientSnapshot, asked: Question, *, at: datetime
) -> tuple[AuthorizationRequest | None, Stage]:
    """The request as it stands after the protocol's own checks, and what there is to say of it."""
    if not client.is_active:
        return None, _refused("The app is disabled, so every request of it is refused.")
    if not client.redirect_uris or not client.response_types:
        return None, _refused("Nobody signs in to this app.")
    if not client.can_prove_itself(at=at):
        return None, _refused(
            "The app has nothing by which it could prove who it is, so it gets no tokens: no secret that works, or no "
            "keys."
        )
    wanted = asked.scopes or client.scopes
    scopes = allowed_of(wanted, registered=client.scopes)
    left_out = " ".join(scope for scope in wanted if scope not in scopes)
    if not scopes:
        return None, _refused("None of these scopes is open to the app: invalid_scope.")
    lost = (f"Left out, because the app is not registered for it: {left_out}.",) if left_out else ()
    stage = Stage(
        title="The request",
        said=f"The app asks for {' '.join(scopes)}, to be answered at {client.redirect_uris[0]}.",
        tone="warning" if left_out else "success",
        reasons=(*lost, *_demands(client)),
    )
    max_age = client.switches.default_max_age if asked.max_age_seconds is None else asked.max_age_seconds
    request = AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=client.redirect_uris[0],
        scopes=scopes,
        prompts=asked.prompts,
        max_age_seconds=max_age,
        claims=asked.claims,
        response_type="code" if "code" in client.response_types else min(client.response_types),
        nonce=NONCE,
        acr_values=client.switches.default_acr_values,
        resources=client.switches.resources,
    )
    return request, stage


def why_again(request: AuthorizationRequest) -> str:
    """Which rule makes them prove once more who they are."""
    if "login" in request.prompts:
        return "The request says prompt=login, so they prove again who they are."
    return "Their sign-in is older than max_age allows, so they prove again who they are."


def why_consent(request: AuthorizationRequest, client: ClientSnapshot, known: Collection[str]) -> str:
    """Which rule makes the portal ask them."""
    if "consent" in request.prompts:
        return "The request says prompt=consent, so they are asked again."
    if not client.require_consent:
        return "Another app could stand behind this address, so they are always asked."
    return (
        "The app asks for more than they have allowed."
        if known
        else "They have not allowed the app anything yet."
    )


def _demands(client: ClientSnapshot) -> tuple[str, ...]:
    """What a real request must bring beside; a rehearsal takes it for granted."""
    switches = client.switches
    demands = (
        (client.needs_pkce, "It has to bring a PKCE challenge (require_pkce)."),
        (
            switches.require_pushed_authorization_requests,
            "It has to be pushed (require_pushed_authorization_requests).",
        ),
        (switches.require_signed_request_object, "It has to be signed (require_signed_request_object)."),
        (switches.dpop_bound_access_tokens, "Its tokens are bound to a key (dpop_bound_access_tokens)."),
    )
    return tuple(words for is_so, words in demands if is_so)


def _refused(said: str) -> Stage:
    return Stage(title="The request", said=said, tone="danger")
