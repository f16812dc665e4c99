"""What turned out to be missing: until when what an app was given counts no more."""

import sqlalchemy as sa
from alembic import op

from portal.infra.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("tokens_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("clients", "tokens_since")
