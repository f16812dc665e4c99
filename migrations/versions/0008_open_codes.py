"""Codes on their way are found among those of their grant, however many of these have been redeemed within the hour."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ["grant_id", "redeemed_at", "expires_at"]


def upgrade() -> None:
    op.create_index("ix_authorization_codes_open", "authorization_codes", COLUMNS, unique=False)
    op.drop_index(op.f("ix_authorization_codes_grant_id"), table_name="authorization_codes")


def downgrade() -> None:
    op.create_index(
        op.f("ix_authorization_codes_grant_id"), "authorization_codes", ["grant_id"], unique=False
    )
    op.drop_index("ix_authorization_codes_open", table_name="authorization_codes")
