"""Indexes by which people are found, filtered and ordered however many they are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FAMILY = "replace(name, rtrim(name, replace(name, ' ', '')), '')"


def folded(text: str) -> sa.TextClause:
    """Under the collation "C" the beginnings of texts are a range; SQLite compares so anyway."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    return sa.text(f'(lower({text}) COLLATE "C")' if is_postgresql else f"lower({text})")


def upgrade() -> None:
    op.create_index("ix_users_folded_name", "users", [folded("name"), "id"])
    op.create_index("ix_users_folded_family", "users", [folded(FAMILY)])
    op.create_index("ix_users_folded_username", "users", [folded("username"), "id"])
    op.create_index("ix_users_folded_email", "users", [folded("email")])
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"])
    op.create_index("ix_users_last_sign_in_at_id", "users", ["last_sign_in_at", "id"])
    for name, postgresql, sqlite in (
        ("ix_users_disabled", "is_active IS false", "is_active IS 0"),
        ("ix_users_unverified", "email_verified_at IS NULL", "email_verified_at IS NULL"),
    ):
        op.create_index(
            name, "users", ["id"], postgresql_where=sa.text(postgresql), sqlite_where=sa.text(sqlite)
        )
