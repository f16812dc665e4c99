"""Where the pages about signing keys hang, and what they ask for."""

from typing import Final

from flask import Blueprint

keys = Blueprint("admin_keys", __name__)

RESOURCE: Final = "signing_key"
