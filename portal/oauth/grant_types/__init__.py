"""The grant types of the token endpoint: Authlib's, over our use cases."""

from portal.oauth.grant_types.client_credentials import ClientCredentials
from portal.oauth.grant_types.code import Code
from portal.oauth.grant_types.device import Device
from portal.oauth.grant_types.refresh import Refresh

GRANT_TYPES = (Code.GRANT_TYPE, Refresh.GRANT_TYPE, ClientCredentials.GRANT_TYPE, Device.GRANT_TYPE)

__all__ = ["GRANT_TYPES", "ClientCredentials", "Code", "Device", "Refresh"]
