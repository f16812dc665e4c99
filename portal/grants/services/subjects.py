"""Under which name a client knows a person: the same everywhere, or one that no two sectors can compare (Core 8)."""

import base64
import hmac
from typing import Final
from uuid import UUID

from portal.clients.rules.uris import split_uri
from portal.clients.snapshots import ClientSnapshot
from portal.infra.crypto.sealing import Sealer

PURPOSE: Final = "pairwise subjects"


class Subjects:
    """Subject identifiers, public and pairwise."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of_sealer(cls, sealer: Sealer) -> "Subjects":
        """Under the oldest master key there is: a rotation must not make a stranger of everybody at every app."""
        return cls(sealer.derive(PURPOSE, key_id=sealer.key_ids[0]))

    def of(self, client: ClientSnapshot, user_id: UUID) -> str:
        """A keyed digest of sector and person where the client is registered for pairwise subjects (Core 8.1)."""
        if client.switches.subject_type == "public":
            return str(user_id)
        text = f"{sector_of(client)}\n{user_id.hex}"
        digest = hmac.digest(self._key, text.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def sector_of(client: ClientSnapshot) -> str:
    """The host whose clients know a person under one name: of the sector identifier, or else of the redirect URIs.

    An app without a host of its own, such as one behind a private scheme, is a sector by itself.
    """
    first = client.switches.sector_identifier_uri or next(iter(client.redirect_uris), "")
    return (split_uri(first).host or client.client_id).lower()
