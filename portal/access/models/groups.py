"""Groups: people together, the roles they get by it, and who looks after them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id


class Group(Base):
    """People who get the same roles, under a name that apps may be told (claim `groups`)."""

    __tablename__ = "groups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(300), default="")
    is_requestable: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    @property
    def ref(self) -> Ref:
        return Ref("group", self.id, self.name)

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps of the group itself; members and roles are events of their own."""
        return {
            "name": self.name,
            "description": self.description,
            "is_requestable": self.is_requestable,
        }


Index("uq_groups_lower_name", func.lower(Group.name), unique=True)


class GroupMember(Base):
    """A person in a group, perhaps until a date; ends at `expires_at` by itself."""

    __tablename__ = "group_members"
    __table_args__ = (UniqueConstraint("group_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    added_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(String(300), default=None)
    added_by: Mapped[UUID | None] = mapped_column(default=None)


class GroupRole(Base):
    """A role that every member of the group holds, perhaps until a date."""

    __tablename__ = "group_roles"
    __table_args__ = (UniqueConstraint("group_id", "role_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), index=True)
    assigned_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(String(300), default=None)
    assigned_by: Mapped[UUID | None] = mapped_column(default=None)


class GroupAdministrator(Base):
    """A person who may add and remove members of this one group, and sees nothing of the others."""

    __tablename__ = "group_administrators"
    __table_args__ = (UniqueConstraint("group_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[UUID | None] = mapped_column(default=None)
