"""Apps of a trial, under ids and secrets that its tests know beforehand."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from portal.clients.rules import ClientKind
from portal.clients.rules.presets import KINDS, preset_of
from portal.clients.schemas.fields import Addresses, Link, Name, Scope
from portal.clients.schemas.protocol import EditProtocol
from portal.infra.crypto.digests import TokenKind, parse


def _secret(text: str) -> str:
    if parse(TokenKind.CLIENT_SECRET, text) is None:
        raise ValueError("this is no secret of Portal's; `portal conformance secret` makes one")
    return text


class TrialClient(EditProtocol):
    """One app. Whatever it doesn't say follows from its kind."""

    client_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
    client_name: Name
    kind: ClientKind = "legacy"
    secret: Annotated[Annotated[str, AfterValidator(_secret)] | None, Field(repr=False)] = None
    redirect_uris: Addresses = Field(default_factory=list)
    post_logout_redirect_uris: Addresses = Field(default_factory=list)
    scopes: list[Scope] = Field(default_factory=list)
    require_consent: bool = True
    logo_uri: Link | None = None
    policy_uri: Link | None = None
    tos_uri: Link | None = None

    @model_validator(mode="before")
    @classmethod
    def _follow_the_kind(cls, given: Any) -> Any:  # noqa: ANN401 - Pydantic's hook, before anything is known
        kind = given.get("kind", "legacy") if isinstance(given, dict) else None
        if kind not in KINDS:
            return given
        switches = preset_of(kind).switches.document()
        return {name: value for name, value in switches.items() if name in cls.model_fields} | given
