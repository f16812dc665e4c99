"""What is taken in about apps, from forms, from programs and from the command line."""

from portal.clients.schemas.apps import ClientAccess, EditClient, RegisterClient, RotateSecret
from portal.clients.schemas.fields import AccessClaim, Overlap, Scope
from portal.clients.schemas.protocol import EditProtocol, ProtocolMetadata

__all__ = [
    "AccessClaim",
    "ClientAccess",
    "EditClient",
    "EditProtocol",
    "Overlap",
    "ProtocolMetadata",
    "RegisterClient",
    "RotateSecret",
    "Scope",
]
