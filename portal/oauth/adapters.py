"""Our clients, codes and tokens in the shape that Authlib asks for. Nothing is stored here and nothing decided."""

from datetime import datetime

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin

from portal.clients.rules import redirect_uri_matches
from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.codes import StoredCode
from portal.grants.repository.tokens import StoredRefreshToken
from portal.grants.rules.response_types import response_type_of
from portal.grants.rules.scopes import allowed_of, scopes_of


class RelyingClient(ClientMixin):  # type: ignore[misc]
    """A client, as Authlib questions it."""

    def __init__(self, snapshot: ClientSnapshot) -> None:
        self.snapshot = snapshot

    def __repr__(self) -> str:
        return f"RelyingClient({self.snapshot.client_id!r})"

    def get_client_id(self) -> str:
        return self.snapshot.client_id

    def get_default_redirect_uri(self) -> str | None:
        """The only one, if there is only one (RFC 6749 section 3.1.2.3)."""
        uris = self.snapshot.redirect_uris
        return uris[0] if len(uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What remains of a wish. None, for malformed ones, makes Authlib answer `invalid_scope`."""
        wanted = scopes_of(scope)
        return None if wanted is None else " ".join(allowed_of(wanted, registered=self.snapshot.scopes))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri_matches(redirect_uri, self.snapshot.redirect_uris, kind=self.snapshot.kind)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - the same everywhere
        return self.snapshot.token_endpoint_auth_method == method

    def check_response_type(self, response_type: str) -> bool:
        """Whatever the order of the words, there and here."""
        return response_type_of(response_type) in set(map(response_type_of, self.snapshot.response_types)) - {
            None
        }

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.snapshot.grant_types


class PresentedCode(AuthorizationCodeMixin):  # type: ignore[misc]
    """A genuine code, as Authlib questions it."""

    def __init__(self, stored: StoredCode) -> None:
        self.stored = stored
        self.code_challenge = stored.row.code_challenge
        self.code_challenge_method = "S256" if stored.row.code_challenge else None

    def get_redirect_uri(self) -> str | None:
        return self.stored.row.redirect_uri

    def get_scope(self) -> str:
        return self.stored.row.scope


class PresentedRefreshToken(TokenMixin):  # type: ignore[misc]
    """A genuine refresh token, as Authlib questions it."""

    def __init__(self, stored: StoredRefreshToken) -> None:
        self.stored = stored

    @property
    def client_version(self) -> datetime:
        """What its client's copy must be like."""
        return self.stored.life.client_version

    def check_client(self, client: RelyingClient | ClientSnapshot) -> bool:
        snapshot = client.snapshot if isinstance(client, RelyingClient) else client
        return self.stored.family.client_pk == snapshot.id

    def get_scope(self) -> str:
        return self.stored.family.scope

    def is_live(self, *, at: datetime) -> bool:
        """Neither used nor over."""
        return self.stored.row.rotated_at is None and self.stored.end_of(at=at) is None
