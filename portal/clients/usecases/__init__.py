"""What an administrator asks for about apps."""

from portal.clients.usecases.redirects import add_redirect_uri, note_refused_redirect
from portal.clients.usecases.registration import RegisteredClient, delete_client, register_client
from portal.clients.usecases.secrets import note_secret_use, revoke_secret, rotate_secret
from portal.clients.usecases.settings import disable_client, edit_client, enable_client, set_client_access

__all__ = [
    "RegisteredClient",
    "add_redirect_uri",
    "delete_client",
    "disable_client",
    "edit_client",
    "enable_client",
    "note_refused_redirect",
    "note_secret_use",
    "register_client",
    "revoke_secret",
    "rotate_secret",
    "set_client_access",
]
