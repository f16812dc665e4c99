"""What is taken in about apps, from forms, from programs and from the command line."""

from portal.clients.schemas.apps import ClientAccess, EditClient, RegisterClient, RotateSecret
from portal.clients.schemas.fields import AccessClaim, Overlap, Scope
from portal.clients.schemas.initial_access import MakeInitialAccessToken
from portal.clients.schemas.metadata import ClientMetadata
from portal.clients.schemas.protocol import EditProtocol, ProtocolMetadata

__all__ = [
    "AccessClaim",
    "ClientAccess",
    "ClientMetadata",
    "EditClient",
    "EditProtocol",
    "MakeInitialAccessToken",
    "Overlap",
    "ProtocolMetadata",
    "RegisterClient",
    "RotateSecret",
    "Scope",
]
