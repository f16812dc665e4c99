"""What an app says of itself when it registers itself (RFC 7591 and OpenID Connect Registration 1.0, section 2)."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from portal.clients.schemas.fields import STRICT, Addresses, Link, Name
from portal.clients.schemas.protocol import ProtocolMetadata

MAX_SCOPE = 1000
MAX_STATEMENT = 16 * 1024
LISTS = frozenset({
    "redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types", "contacts", "request_uris",
    "default_acr_values", "authorization_details_types",
})  # fmt: skip


def _clean(text: str) -> str:
    """Without what no column keeps and no page shows."""
    if "\x00" in text:
        raise ValueError("Leave out control characters")
    return text


class ClientMetadata(ProtocolMetadata):
    """One registration. Members that we don't know are left out, as both specifications ask."""

    model_config = ConfigDict(**{**STRICT, "extra": "ignore"})

    application_type: Literal["web", "native"] | None = None
    client_name: Name | None = None
    redirect_uris: Addresses = Field(default_factory=list)
    post_logout_redirect_uris: Addresses = Field(default_factory=list)
    scope: Annotated[str, Field(max_length=MAX_SCOPE), AfterValidator(_clean)] | None = None
    client_uri: Link | None = None
    logo_uri: Link | None = None
    policy_uri: Link | None = None
    tos_uri: Link | None = None
    software_statement: Annotated[str, Field(max_length=MAX_STATEMENT)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_json_means_it(cls, given: Any) -> Any:  # noqa: ANN401 - Pydantic's hook, before anything is known
        """`null` and the empty text are "not said" (RFC 7592 section 2.2); a text is no list and no object, as it would
        be in a form.
        """
        if not isinstance(given, dict):
            return given
        said = {name: value for name, value in given.items() if value is not None and value != ""}
        for name in LISTS & said.keys():
            if not isinstance(said[name], list):
                said[name] = {"a list": "was expected"}
        if isinstance(said.get("jwks"), str):
            said["jwks"] = {}
        return said
