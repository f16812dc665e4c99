"""The person, the sign-up that is not a person yet, and the links that are mailed to one."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, func, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.folding import folded
from portal.infra.ids import new_id

MailedTokenPurpose = Literal["setup", "recover", "change_email"]


class User(Base):
    """A person with an account.

    `id` is the OpenID subject (`sub`): random enough to say nothing, never reused. `security_epoch` is
    copied into every session, code and token family; raising it ends them all at once.
    """

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    username: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(255), default=None)
    name: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    email_verified_at: Mapped[datetime | None] = mapped_column(default=None)
    password_changed_at: Mapped[datetime | None] = mapped_column(default=None)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(default=None)
    is_active: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(String(300), default=None)
    security_epoch: Mapped[int] = mapped_column(default=0)
    given_name: Mapped[str | None] = mapped_column(String(100), default=None)
    family_name: Mapped[str | None] = mapped_column(String(100), default=None)
    middle_name: Mapped[str | None] = mapped_column(String(100), default=None)
    nickname: Mapped[str | None] = mapped_column(String(100), default=None)
    profile: Mapped[str | None] = mapped_column(String(300), default=None)
    picture: Mapped[str | None] = mapped_column(String(300), default=None)
    website: Mapped[str | None] = mapped_column(String(300), default=None)
    gender: Mapped[str | None] = mapped_column(String(40), default=None)
    birthdate: Mapped[date | None] = mapped_column(default=None)
    zoneinfo: Mapped[str | None] = mapped_column(String(60), default=None)
    locale: Mapped[str | None] = mapped_column(String(20), default=None)
    phone_number: Mapped[str | None] = mapped_column(String(30), default=None)
    """E.164, with a leading +."""
    phone_number_verified_at: Mapped[datetime | None] = mapped_column(default=None)
    address: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """Members of the address claim (OpenID Connect Core 5.1.1), each a text."""
    theme: Mapped[str | None] = mapped_column(String(5), default=None)
    attributes: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """What an operator notes beyond the profile, for conditions (`subject.department`): names and plain values."""

    @property
    def ref(self) -> Ref:
        """How events name this person."""
        return Ref("user", self.id, self.username)

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def display_name(self) -> str:
        return self.name or self.username

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps of a person: never the hash."""
        return {
            "username": self.username,
            "email": self.email,
            "email_verified": self.email_verified,
            "name": self.name,
            "is_active": self.is_active,
            "disabled_reason": self.disabled_reason,
            **{field: getattr(self, field) for field in PROFILE_FIELDS if getattr(self, field) is not None},
            **({"phone_number": self.phone_number} if self.phone_number else {}),
            **(self.address or {}),
            **({"birthdate": self.birthdate.isoformat()} if self.birthdate else {}),
            **({"attributes": self.attributes} if self.attributes else {}),
        }

    def set_password(self, password_hash: str, *, at: datetime) -> None:
        """Every session and token made under the old password ends with this commit (`security_epoch`)."""
        self.password_hash, self.password_changed_at, self.updated_at = password_hash, at, at
        self.security_epoch += 1

    def rehash_password(self, password_hash: str) -> None:
        """The same password under today's cost or pepper: nothing ends."""
        self.password_hash = password_hash

    def disable(self, *, reason: str | None, at: datetime) -> None:
        """Shut every door of this person at once."""
        self.is_active, self.disabled_reason, self.updated_at = False, reason, at
        self.security_epoch += 1

    def enable(self, *, at: datetime) -> None:
        self.is_active, self.disabled_reason, self.updated_at = True, None, at

    def end_everything(self, *, at: datetime) -> None:
        """Every session, token family and mailed link ends with this commit (`security_epoch`)."""
        self.updated_at = at
        self.security_epoch += 1

    def edit(self, profile: Mapping[str, Any], *, at: datetime) -> None:
        """Put on what a `Profile` says; the email address and the password have ways of their own."""
        for field in (*PROFILE_FIELDS, "name", "username", "birthdate"):
            setattr(self, field, profile[field])
        if self.phone_number != profile["phone_number"]:
            self.phone_number, self.phone_number_verified_at = profile["phone_number"], None
        self.address = {part: profile[part] for part in ADDRESS_FIELDS if profile[part]} or None
        self.updated_at = at

    def verify_email(self, *, at: datetime) -> None:
        self.email_verified_at = self.email_verified_at or at
        self.updated_at = at

    def move_to(self, email: str, *, at: datetime) -> None:
        """To an address that is still to be proved."""
        self.email, self.email_verified_at, self.updated_at = email, None, at

    def change_email(self, email: str, *, at: datetime) -> None:
        """To an address that was proved just now."""
        self.email, self.email_verified_at, self.updated_at = email, at, at


PROFILE_FIELDS = (
    "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website",
    "gender", "zoneinfo", "locale",
)  # fmt: skip
ADDRESS_FIELDS = ("street_address", "locality", "region", "postal_code", "country")

# Unique without regard to case, but stored as given (contracts: data model).
Index("uq_users_lower_email", func.lower(User.email), unique=True)
Index("uq_users_lower_username", func.lower(User.username), unique=True)

_NO_SPACES = func.replace(User.name, literal_column("' '"), literal_column("''"))
_LAST_WORD = func.replace(User.name, func.rtrim(User.name, _NO_SPACES), literal_column("''"))
"""What is left of the name without everything up to its last space."""
FOLDED_NAME, FOLDED_FAMILY = folded(User.name), folded(_LAST_WORD)
FOLDED_USERNAME, FOLDED_EMAIL = folded(User.username), folded(User.email)
DISABLED, UNVERIFIED = User.is_active.is_(False), User.email_verified_at.is_(None)

# The list of people is read off these, in each of its orders and under each of its filters (tests/accounts). The folded
# ones stand under the collation "C" on PostgreSQL, of which its catalogue tells Alembic nothing.
Index("ix_users_folded_name", func.lower(User.name), User.id)
Index("ix_users_folded_family", func.lower(_LAST_WORD))
Index("ix_users_folded_username", func.lower(User.username), User.id)
Index("ix_users_folded_email", func.lower(User.email))
Index("ix_users_created_at_id", User.created_at, User.id)
Index("ix_users_last_sign_in_at_id", User.last_sign_in_at, User.id)
Index("ix_users_disabled", User.id, postgresql_where=DISABLED, sqlite_where=DISABLED)
Index("ix_users_unverified", User.id, postgresql_where=UNVERIFIED, sqlite_where=UNVERIFIED)


class PendingSignUp(Base):
    """A sign-up before its address is proved. No account exists yet, so nobody can squat an address or
    learn that it is taken.
    """

    __tablename__ = "pending_sign_ups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    email: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(255))
    browser_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The browser that signed up: only it may finish by code; another one must know the password."""
    link_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), default=None)
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), default=None)
    flow_id: Mapped[UUID | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    """Codes and passwords looked at since a mail was last asked for."""
    mails: Mapped[int] = mapped_column(default=1)
    """Mails asked for, the first one included."""
    mail_asked_at: Mapped[datetime]
    completed_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ref(self) -> Ref:
        return Ref("sign_up", self.id, self.email)

    def is_open(self, *, at: datetime) -> bool:
        return self.completed_at is None and at < self.expires_at

    def expect(self, *, link_digest: bytes, code_digest: bytes) -> None:
        """What the newest mail brings; older mails are worth nothing from now on."""
        self.link_digest, self.code_digest = link_digest, code_digest

    def withhold(self) -> None:
        """The mail that was asked for is not sent, so it does not count."""
        self.mails -= 1


class MailedToken(Base):
    """A single-use link. Only the digest of its secret is kept; a newer link of the same purpose replaces
    an older one.
    """

    __tablename__ = "mailed_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    purpose: Mapped[str] = mapped_column(String(20))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True, default=None
    )
    email: Mapped[str | None] = mapped_column(String(100), default=None)
    security_epoch: Mapped[int | None] = mapped_column(default=None)
    """The account's when the link was made: a new password, or a disabled account, kills the link."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    redeemed_at: Mapped[datetime | None] = mapped_column(default=None)

    def recovers(self, user: User, *, at: datetime) -> bool:
        """Whether it still opens this account: unused, young, and nothing that matters has changed since."""
        return self.email == user.email and self._works_for(user, at=at)

    def changes_email(self, user: User, *, at: datetime) -> bool:
        """Whether it still moves this account to its `email`."""
        return self.email is not None and self._works_for(user, at=at)

    def _works_for(self, user: User, *, at: datetime) -> bool:
        return (
            self.user_id == user.id
            and self.redeemed_at is None
            and at < self.expires_at
            and user.is_active
            and self.security_epoch == user.security_epoch
        )
