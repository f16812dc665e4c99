"""Role, UserRole, Resource and Permission, under the names of the specification."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id


class Role(Base):
    """A named bundle of permissions. System roles are part of the portal and can't be deleted."""

    __tablename__ = "roles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    description: Mapped[str] = mapped_column(String(300), default="")
    is_system: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    owner_id: Mapped[UUID | None] = mapped_column(index=True, default=None)
    """The person who answers for it: decides on requests for it, and reviews who holds it. No foreign key: an owner
    who is gone is nobody.
    """
    is_requestable: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether people see it in the list of what they may ask for."""

    permissions: Mapped[list["Permission"]] = relationship(lazy="raise", default_factory=list)

    @property
    def ref(self) -> Ref:
        return Ref("role", self.id, self.name)

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps of the role itself; what it permits comes beside it."""
        return {
            "name": self.name,
            "description": self.description,
            "owner": str(self.owner_id) if self.owner_id else None,
            "is_requestable": self.is_requestable,
        }


class UserRole(Base):
    """A role given to a person, perhaps until a date. It ends at `expires_at` by itself: expiry is checked
    at use.
    """

    __tablename__ = "user_roles"
    __table_args__ = (UniqueConstraint("user_id", "role_id"), Index("ix_user_roles_role_id", "role_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"))
    assigned_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(String(300), default=None)
    assigned_by: Mapped[UUID | None] = mapped_column(default=None)


class Resource(Base):
    """Something that permissions speak about. The portal's own rooms are resources too."""

    __tablename__ = "resources"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    type: Mapped[str] = mapped_column(String(30))
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default_factory=dict)
    description: Mapped[str] = mapped_column(String(300), default="", server_default=text("''"))

    @property
    def ref(self) -> Ref:
        return Ref("resource", self.id, self.name)

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps of a resource."""
        return {
            "name": self.name,
            "type": self.type,
            "description": self.description,
            "metadata": dict(self.metadata_),
        }

    @property
    def is_system(self) -> bool:
        """One of the portal's own rooms: its pages ask for it by name, so it can't be renamed or deleted."""
        return self.type == "portal"


class Permission(Base):
    """Holders of the role may do `action` on the resource. `admin` on a resource implies every other action
    on it.
    """

    __tablename__ = "permissions"
    __table_args__ = (UniqueConstraint("role_id", "resource_id", "action"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"))
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resources.id", ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(String(10))
    conditions: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """None permits without condition; else a document of `rules.conditions`."""
