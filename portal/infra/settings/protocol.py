"""Settings of the protocol: how long what it issues lasts, and which of its doors stand open."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath

from portal.infra.settings import addresses


class ProtocolSettings(BaseModel):
    """What an OpenID provider is set to."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    access_token_seconds: Annotated[int, Field(ge=60, le=86400)] = 3600
    """Lifetime of an access token, in seconds."""
    refresh_token_seconds: Annotated[int, Field(ge=300, le=31536000)] = 7 * 86400
    """A refresh token ends after so many seconds without use."""
    refresh_family_seconds: Annotated[int, Field(ge=300, le=31536000)] = 30 * 86400
    """A chain of rotated refresh tokens ends after so many seconds, however much it was used."""
    personal_token_days: Annotated[int, Field(ge=7, le=365)] = 365
    """The longest that a personal access token may be made to last, in days."""
    request_uri_seconds: Annotated[int, Field(ge=60, le=600)] = 90
    """A pushed authorization request waits so many seconds for its browser."""
    implicit_flow: bool = False
    """Let apps that are registered for it use the implicit and hybrid response types of OpenID Connect. Old apps and
    certification need them; nobody else should.
    """
    client_registration: Literal["closed", "token", "open"] = "closed"
    """Who may register an app by RFC 7591: nobody, whoever has an initial access token, or anybody within limits."""
    client_id_documents: bool = False
    """Take an https address for a client id, and the document there for the app's metadata (a draft of the IETF)."""
    software_statement_keys: FilePath | None = None
    """File with the JWKS of those who may vouch for apps that register themselves (RFC 7591 section 2.3)."""
    client_certificate_header: Annotated[str | None, AfterValidator(addresses.header)] = None
    """Header in which a trusted proxy passes on the certificate that a client proved (RFC 8705), as URL-encoded PEM or
    as RFC 9440 has it. Needs `PORTAL_TRUSTED_PROXY_HOPS`; without the setting no certificate counts.
    """
    client_certificate_authorities: Path | None = None
    """File of certificate authorities that are believed about the names in client certificates (`tls_client_auth`).
    Without it a certificate counts only for an app that has registered its key.
    """
    dpop_nonces: bool = False
    """Ask every DPoP proof for a nonce of the portal's (RFC 9449 section 8), so that none can be made in advance."""
    key_rotation_days: Annotated[int, Field(ge=0, le=3650)] = 90
    """Days after which a signing key gives way to the next one, which has been published since; 0 turns that off, and
    leaves it to `portal keys rotate`.
    """
    key_signer: Annotated[str | None, AfterValidator(addresses.signer)] = None
    """Where a signer outside makes keys and signs with them: `https://...` or `unix:/path/of/the.sock`. Without it
    private keys lie sealed in the database.
    """
    key_signer_token: Annotated[str | None, Field(min_length=16, repr=False)] = None
    """Bearer token that the signer outside asks for."""
    key_signer_seconds: Annotated[float, Field(ge=0.1, le=10)] = 2.0
    """How long one signature may take there; then the portal answers 503, and nothing was issued."""
    ca_bundle: Path | None = None
    """File of certificate authorities that outgoing fetches trust, instead of the system's."""
    fetch_loopback: bool = False
    """Let outgoing fetches (client keys, logout calls) reach this machine; for trials only."""
    loopback_hosts: str = ""
    """Further names of this machine, separated by commas, that outgoing fetches may reach where
    `PORTAL_FETCH_LOOPBACK` lets them: that of a conformance suite which runs beside the portal.
    """
    trial: bool = False
    """This portal is for trials: fixtures of conformance suites may be loaded into it. Never where people live."""
