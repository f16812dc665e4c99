"""What a client asks of the authorization endpoint, checked, and in a form that a flow can carry; what operators want
of signing keys, and people of tokens for their scripts.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.accounts.schemas.fields import Name, Password
from portal.clients.rules.api_scopes import API_SCOPES, ApiScope
from portal.infra.crypto.jose import Algorithm
from portal.infra.crypto.private_keys import MAX_CHARACTERS, MAX_KID_CHARACTERS

ResponseMode = Literal["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt"]


class _Frozen(BaseModel):
    """Facts: set once, by who has checked them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RequestedClaims(_Frozen):
    """Claims asked for one by one (OpenID Connect Core 5.5), by name."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()
    subject: str | None = None
    """Only this person will do."""
    essential_acr: tuple[str, ...] = ()
    """Only a sign-in of one of these classes will do."""

    @property
    def names(self) -> frozenset[str]:
        return frozenset((*self.userinfo, *self.id_token))

    def by_place(self) -> dict[str, list[str]]:
        """As codes and token families keep it."""
        places = {"userinfo": list(self.userinfo), "id_token": list(self.id_token)}
        return {place: names for place, names in places.items() if names}


class AuthorizationRequest(_Frozen):
    """A request whose client and redirect URI are known to be right, so that its errors may be redirected.

    Parameters carry the names and meanings of RFC 6749 section 4.1.1, RFC 7636 and OpenID Connect Core 3.1.2.1.
    """

    client_id: str
    redirect_uri: str
    redirect_uri_sent: bool = True
    """Whether the request named it, so that the token request has to repeat it (RFC 6749 section 4.1.3)."""
    scopes: tuple[str, ...]
    """What is left of the wish after the client's registration."""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompts: tuple[str, ...] = ()
    max_age_seconds: int | None = None
    login_hint: str | None = None
    subject: str | None = None
    """Only this person will do: from `id_token_hint` or the `claims` parameter."""
    claims: RequestedClaims = RequestedClaims()
    response_type: str = "code"
    """Its words in the order of the registry: `code id_token token`."""
    response_mode: ResponseMode = "query"
    """Where the answer goes in the end: `jwt` has been resolved."""
    acr_values: tuple[str, ...] = ()
    """Classes that the client would like, the dearest first; not one of them is a must."""
    ui_locales: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """Whom access tokens are to be for (RFC 8707)."""
    authorization_details: tuple[dict[str, Any], ...] = ()
    """RFC 9396, each of a type that the client may ask for."""
    dpop_jkt: str | None = None
    """The key that has to redeem the code (RFC 9449 section 10)."""
    pushed_id: UUID | None = None
    """The row that it came from (RFC 9126): to be used up with the answer."""

    @property
    def is_silent(self) -> bool:
        """`prompt=none`: answer without showing anything, or say why that can't be."""
        return "none" in self.prompts


class ImportKey(BaseModel):
    """A signing key that was made elsewhere, and what it is to do here."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    key: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS, repr=False)]
    state: Literal["next", "retired"]
    algorithm: Algorithm | None = None
    kid: Annotated[str, Field(max_length=MAX_KID_CHARACTERS)] | None = None


class RevokeKey(BaseModel):
    """Why a signing key is to count no more."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    reason: Annotated[str, Field(min_length=1, max_length=300)]


def _some(scopes: list[ApiScope]) -> list[ApiScope]:
    if not scopes:
        raise ValueError("Choose what the token may be used for")
    return [scope for scope in API_SCOPES if scope in scopes]


class MakePersonalToken(BaseModel):
    """A token for a script: what it is called, what it may be used for, and for how many days."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Name
    scopes: Annotated[list[ApiScope], Field(max_length=len(API_SCOPES)), AfterValidator(_some)]
    days: Annotated[int, Field(ge=7, le=365)]


class MakePersonalTokenByPassword(MakePersonalToken):
    """The same in a browser, where the password shows whose wish it is."""

    current_password: Password
