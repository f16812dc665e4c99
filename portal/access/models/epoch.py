"""The number that says whether what was compiled of anybody's permissions still holds."""

from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base


class AccessEpoch(Base):
    """One row. Whatever changes who may do what raises `value` in its own transaction, so every node sees the
    change and its number together.
    """

    __tablename__ = "access_epochs"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    value: Mapped[int] = mapped_column(default=0)
