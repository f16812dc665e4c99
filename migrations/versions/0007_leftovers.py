"""What turned out to be missing: until when what an app was given counts no more; files that jobs write."""

import sqlalchemy as sa
from alembic import op

from portal.infra.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_parts",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["bulk_jobs.id"], name=op.f("fk_bulk_parts_job_id_bulk_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_bulk_parts")),
    )
    op.add_column("clients", sa.Column("tokens_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("clients", "tokens_since")
    op.drop_table("bulk_parts")
