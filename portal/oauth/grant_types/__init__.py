"""The grant types of the token endpoint: Authlib's, over our use cases."""

from collections.abc import Callable, Mapping
from typing import Final

from portal.oauth.exchanges import read_exchange
from portal.oauth.grant_types.client_credentials import ClientCredentials
from portal.oauth.grant_types.code import Code
from portal.oauth.grant_types.device import Device
from portal.oauth.grant_types.jwt_bearer import JwtBearer, prove_assertion
from portal.oauth.grant_types.refresh import Refresh
from portal.oauth.grant_types.token_exchange import TokenExchange
from portal.oauth.requests import ProtocolRequest

GRANT_TYPES = (
    Code.GRANT_TYPE,
    Refresh.GRANT_TYPE,
    ClientCredentials.GRANT_TYPE,
    Device.GRANT_TYPE,
    TokenExchange.GRANT_TYPE,
    JwtBearer.GRANT_TYPE,
)
PREPARED: Final[Mapping[str, Callable[[ProtocolRequest], object]]] = {
    TokenExchange.GRANT_TYPE: read_exchange,
    JwtBearer.GRANT_TYPE: prove_assertion,
}
"""What has to be read or fetched before the transaction of a request begins; it becomes the request's `basis`."""

__all__ = [
    "GRANT_TYPES",
    "PREPARED",
    "ClientCredentials",
    "Code",
    "Device",
    "JwtBearer",
    "Refresh",
    "TokenExchange",
]
