"""Device code (RFC 8628 section 3.4): a device asks again and again, until somebody has answered."""

from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AccessDeniedError,
    InvalidGrantError,
    InvalidRequestError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc6749.hooks import hooked
from authlib.oauth2.rfc8628 import AuthorizationPendingError, ExpiredTokenError, SlowDownError

from portal.grants.repository.devices import DeviceCode, DeviceCodes
from portal.grants.services.chains import Refused
from portal.grants.usecases import devices
from portal.oauth.adapters import RelyingClient
from portal.oauth.client_authentication import METHODS
from portal.oauth.grant_types.tokens import REFUSED, must_be_current, tokens_of_a_person
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import targets_of

TOLD: Final[dict[str, type[OAuth2Error]]] = {
    devices.PENDING: AuthorizationPendingError,
    devices.SLOW_DOWN: SlowDownError,
    devices.DENIED: AccessDeniedError,
    devices.EXPIRED: ExpiredTokenError,
}


class Device(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """The tokens that somebody has allowed a device at another screen."""

    GRANT_TYPE = devices.GRANT_TYPE
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    request: ProtocolRequest
    device: DeviceCode
    resources: tuple[str, ...] = ()

    def validate_token_request(self) -> None:
        client: RelyingClient = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("This client is not registered for the device grant.")
        text = self.request.form.get("device_code")
        if text is None:
            raise InvalidRequestError("The device_code is missing.")
        device = DeviceCodes(self.request.uow.session).find(text)
        if device is None or device.client_pk != client.snapshot.id:
            raise InvalidGrantError(REFUSED)
        must_be_current(self)
        self.device = device
        self.resources = targets_of(self.request, device.resources, usual=True)

    @hooked  # type: ignore[untyped-decorator]
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        outcome = devices.poll(
            self.request.uow,
            self.device,
            client=self.request.snapshot,
            resources=self.resources,
            confirmation=self.request.confirmation,
        )
        if isinstance(outcome, Refused):
            told = TOLD.get(outcome.reason)
            raise told() if told is not None else InvalidGrantError(REFUSED)
        self.request.user = outcome
        scope = RelyingClient(self.request.snapshot).get_allowed_scope(outcome.scope) or ""
        answer = tokens_of_a_person(self.request, outcome, scope)
        return 200, answer, self.TOKEN_RESPONSE_HEADER
