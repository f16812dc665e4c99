"""What a client asks of the authorization endpoint, checked, and in a form that a flow can carry."""

from pydantic import BaseModel, ConfigDict


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

    @property
    def is_silent(self) -> bool:
        """`prompt=none`: answer without showing anything, or say why that can't be."""
        return "none" in self.prompts
