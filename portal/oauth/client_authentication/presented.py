"""What a request presents to speak for a client, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from portal.bootstrap import Portal
from portal.clients.snapshots import ClientSnapshot, SecretDigest
from portal.grants.repository.used_ids import Once
from portal.infra.crypto.certificates import ClientCertificate
from portal.infra.crypto.foreign import Unverified
from portal.oauth.client_authentication.errors import AssertionRefusedError, ClientRefusedError

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
"""A grant, and as good as any method of authentication: it is signed by the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """Read and sorted, nothing proved yet. `methods` are those that it can be: one, but for a mere `client_id`, beside
    which a certificate may have been proved.
    """

    methods: tuple[str, ...]
    client_id: str
    secret: str | None = field(default=None, repr=False)
    assertion: Unverified | None = field(default=None, repr=False)

    def refused(self, description: str) -> ClientRefusedError:
        kind = AssertionRefusedError if JWT_BEARER in self.methods else ClientRefusedError
        return kind(description, claimed=self.client_id, method=self.methods[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where it is presented, and when."""

    portal: Portal
    endpoint: str
    """The address that was asked, as it is published."""
    at: datetime
    may_fetch: bool
    certificate: ClientCertificate | None = None
    """What was proved in the TLS handshake, where the portal gets to know that."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A client that was proved to speak: by which of its secrets, or by what counts only once."""

    client: ClientSnapshot
    secret: SecretDigest | None = None
    once: Once | None = None
    is_by_grant: bool = False
    """Whether what proved it is the grant of the request, too."""


# Raises ClientRefusedError where the client is not proved to speak.
Proof: TypeAlias = Callable[[ClientSnapshot, Presented, Desk], Proven]
