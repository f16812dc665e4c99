"""A client, its secrets, and the roles and groups that may use it."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id

IDLE_AFTER: Final = timedelta(days=90)
CLOCKS_DIFFER: Final = timedelta(seconds=30)
"""Those of several nodes, by so much at most."""

InitialAccessState = Literal["live", "used_up", "over", "revoked"]


class Client(Base):
    """An application that signs its users in here or acts by itself. Pages call it "app".

    Column names are those of RFC 7591 section 2 where it has one.
    """

    __tablename__ = "clients"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    client_id: Mapped[str] = mapped_column(
        # long enough for the address of a document; SQLite holds nobody to a length, and can't change what is written
        String(64).with_variant(String(300), "postgresql"),
        unique=True,
    )
    client_name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    token_endpoint_auth_method: Mapped[str] = mapped_column(String(30))
    redirect_uris: Mapped[list[str]] = mapped_column(default_factory=list)
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(default_factory=list)
    grant_types: Mapped[list[str]] = mapped_column(default_factory=list)
    response_types: Mapped[list[str]] = mapped_column(default_factory=list)
    scope: Mapped[str] = mapped_column(String(1000), default="openid")
    id_token_signed_response_alg: Mapped[str] = mapped_column(String(10), default="RS256")
    require_pkce: Mapped[bool] = mapped_column(default=True)
    require_consent: Mapped[bool] = mapped_column(default=True)
    everyone_may_use: Mapped[bool] = mapped_column(default=False)
    """Closed by default: without it only people with one of the roles of `ClientRole`, or in one of the groups of
    `ClientGroup`, get in.
    """
    access_claims: Mapped[list[str] | None] = mapped_column(default=None)
    """Which of `roles`, `groups` and `permissions` go into its ID and access tokens as well as into userinfo."""
    client_uri: Mapped[str | None] = mapped_column(String(300), default=None)
    logo_uri: Mapped[str | None] = mapped_column(String(300), default=None)
    policy_uri: Mapped[str | None] = mapped_column(String(300), default=None)
    tos_uri: Mapped[str | None] = mapped_column(String(300), default=None)
    jwks: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    jwks_uri: Mapped[str | None] = mapped_column(String(300), default=None)
    switches: Mapped[dict[str, Any]] = mapped_column(default_factory=dict, server_default=text("'{}'"))
    """Everything else that RFC 7591 and its relatives name, as `rules.switches.Switches` reads it."""
    registered_by: Mapped[str] = mapped_column(String(10), default="admin", server_default=text("'admin'"))
    """`admin`, `dynamic` (RFC 7591) or `document` (its client id is the address of its metadata)."""
    document_checked_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its document was last read and found good."""
    is_vouched: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether an administrator knows whose app this is; consent pages say so where nobody does."""
    registration_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), default=None)
    """Of the registration access token (RFC 7592), for an app that registered itself."""
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    first_sign_in_at: Mapped[datetime | None] = mapped_column(default=None)
    tokens_since: Mapped[datetime | None] = mapped_column(default=None)
    """What it was given until then counts no more, also where it is enabled again."""

    @property
    def ref(self) -> Ref:
        return Ref("client", self.id, self.client_name)

    @property
    def is_public(self) -> bool:
        """Can't keep a secret (RFC 6749 section 2.1), so PKCE alone binds its codes."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105

    @property
    def uses_secret(self) -> bool:
        """Proves itself by a secret, and not by keys or a certificate of its own."""
        return self.token_endpoint_auth_method.startswith("client_secret_")

    @property
    def lacks_proof(self) -> bool:
        """It is to prove itself by something of its own, which nobody has registered yet."""
        match self.token_endpoint_auth_method:
            case "private_key_jwt" | "self_signed_tls_client_auth":
                return not (self.jwks or self.jwks_uri)
            case "tls_client_auth":
                names = ("tls_client_auth_subject_dn", "tls_client_auth_san_dns")
                return not any(self.switches.get(name) for name in names)
            case _:
                return False

    @property
    def signs_people_in(self) -> bool:
        """Whether people come to the portal from it; a service only ever speaks for itself."""
        return "authorization_code" in self.grant_types

    @property
    def speaks_for_people(self) -> bool:
        """Whether its tokens are ever about people: those who sign in to it, or whose tokens it exchanges."""
        return self.signs_people_in or "urn:ietf:params:oauth:grant-type:token-exchange" in self.grant_types

    def disable(self, *, at: datetime) -> None:
        """Whoever holds its tokens may be why, so that none of them ever comes back."""
        self.is_active, self.updated_at, self.tokens_since = False, at, at

    def enable(self, *, at: datetime) -> None:
        """With nothing of before: neither what was under way when it was disabled, on whatever clock. What is issued
        from now on counts, also by a clock that is behind.
        """
        self.is_active, self.updated_at = True, at
        self.tokens_since = max(self.tokens_since or at - CLOCKS_DIFFER, at - CLOCKS_DIFFER)

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps: no secret is in this row to begin with."""
        fields = (
            "client_id", "client_name", "kind", "token_endpoint_auth_method", "redirect_uris",
            "post_logout_redirect_uris", "grant_types", "response_types", "scope",
            "id_token_signed_response_alg", "require_pkce", "require_consent", "access_claims",
            "everyone_may_use", "client_uri", "logo_uri", "policy_uri", "tos_uri", "is_active", "jwks", "jwks_uri",
            "registered_by", "is_vouched",
        )  # fmt: skip
        return {**self.switches, **{field: getattr(self, field) for field in fields}}


class ClientSecret(Base):
    """A secret of a confidential client; several may overlap while one is rotated. 256 random bits, so a
    fast digest is enough.
    """

    __tablename__ = "client_secrets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ref(self) -> Ref:
        return Ref("client_secret", self.id)

    def is_live(self, *, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def is_idle(self, *, at: datetime) -> bool:
        """Nobody seems to need it: not used for a long time, or never since it was made."""
        return at >= (self.last_used_at or self.created_at) + IDLE_AFTER

    def end_by(self, at: datetime) -> None:
        """Never later than it would have ended anyway."""
        self.expires_at = min(at, self.expires_at or at)

    def revoke(self, *, at: datetime) -> None:
        self.revoked_at = at


class ClientRole(Base):
    """People with this role may use this client."""

    __tablename__ = "client_roles"
    __table_args__ = (UniqueConstraint("client_pk", "role_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), index=True)


class ClientGroup(Base):
    """People in this group may use this client."""

    __tablename__ = "client_groups"
    __table_args__ = (UniqueConstraint("client_pk", "group_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)


class InitialAccessToken(Base):
    """Lets a program register apps by itself (RFC 7591 section 3), as often as `uses_left` says."""

    __tablename__ = "initial_access_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    uses_left: Mapped[int]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ref(self) -> Ref:
        return Ref("initial_access_token", self.id, self.label)

    def state(self, *, at: datetime) -> InitialAccessState:
        if self.revoked_at is not None:
            return "revoked"
        if self.uses_left == 0:
            return "used_up"
        return "live" if at < self.expires_at else "over"

    def is_live(self, *, at: datetime) -> bool:
        return self.state(at=at) == "live"
