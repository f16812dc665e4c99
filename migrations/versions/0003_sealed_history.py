"""Entries that are sealed into a chain, and personal values apart from them under a key for each person."""

import sqlalchemy as sa
from alembic import op
from portal.infra.db import JsonDocument, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Whoever writes an entry promises its seal, in the same statement and transaction: also a process of the release before
# this one, which knows nothing of seals.
TRIGGERS = {
    "sqlite": (
        """
        CREATE TRIGGER audit_logs_await_seal AFTER INSERT ON audit_logs FOR EACH ROW
        BEGIN INSERT INTO audit_unsealed (entry_id) VALUES (NEW.id); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION audit_logs_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO audit_unsealed (entry_id) SELECT id FROM added; RETURN NULL; END $$
        """,
        """
        CREATE TRIGGER audit_logs_await_seal AFTER INSERT ON audit_logs
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_await_seal()
        """,
    ),
}
NO_TRIGGERS = {
    "sqlite": ("DROP TRIGGER audit_logs_await_seal",),
    "postgresql": (
        "DROP TRIGGER audit_logs_await_seal ON audit_logs",
        "DROP FUNCTION audit_logs_await_seal()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("verified_to", sa.BigInteger(), nullable=False),
        sa.Column("round_position", sa.BigInteger(), nullable=False),
        sa.Column("whole_verified_at", UtcDateTime(), nullable=True),
        sa.Column("problem", JsonDocument, nullable=True),
        sa.Column("problem_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_checkpoints")),
    )
    op.create_table(
        "audit_person_keys",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_key", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("destroyed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_audit_person_keys")),
    )
    op.create_table(
        "audit_seals",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.SmallInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seals_entry_id")),
    )
    op.create_table(
        "audit_tombstones",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_tombstones")),
    )
    op.create_table(
        "audit_unsealed",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_unsealed")),
    )
    op.add_column("audit_logs", sa.Column("sealed_actor", sa.LargeBinary(), nullable=True))
    op.add_column("audit_logs", sa.Column("sealed_facts", sa.LargeBinary(), nullable=True))
    op.add_column("audit_logs", sa.Column("ip_index", sa.LargeBinary(length=8), nullable=True))
    op.create_index(
        "ix_audit_logs_client_id_created_at_id",
        "audit_logs",
        ["client_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("client_id IS NOT NULL"),
        sqlite_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_logs_ip_index_created_at_id",
        "audit_logs",
        ["ip_index", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("ip_index IS NOT NULL"),
        sqlite_where=sa.text("ip_index IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_logs_ip_created_at_id",
        "audit_logs",
        ["ip", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("ip IS NOT NULL"),
        sqlite_where=sa.text("ip IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_logs_rare_actors",
        "audit_logs",
        ["actor_kind", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("actor_kind NOT IN ('user', 'anonymous')"),
        sqlite_where=sa.text("actor_kind NOT IN ('user', 'anonymous')"),
    )
    op.add_column("audit_subjects", sa.Column("sealed_label", sa.LargeBinary(), nullable=True))
    op.execute("INSERT INTO audit_chain (id, verified_to, round_position) VALUES (1, 0, 0)")
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.execute("INSERT INTO audit_unsealed (entry_id) SELECT id FROM audit_logs")


def downgrade() -> None:
    for statement in NO_TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_column("audit_subjects", "sealed_label")
    op.drop_index(
        "ix_audit_logs_rare_actors",
        table_name="audit_logs",
        postgresql_where=sa.text("actor_kind NOT IN ('user', 'anonymous')"),
        sqlite_where=sa.text("actor_kind NOT IN ('user', 'anonymous')"),
    )
    op.drop_index(
        "ix_audit_logs_ip_created_at_id",
        table_name="audit_logs",
        postgresql_where=sa.text("ip IS NOT NULL"),
        sqlite_where=sa.text("ip IS NOT NULL"),
    )
    op.drop_index(
        "ix_audit_logs_ip_index_created_at_id",
        table_name="audit_logs",
        postgresql_where=sa.text("ip_index IS NOT NULL"),
        sqlite_where=sa.text("ip_index IS NOT NULL"),
    )
    op.drop_index(
        "ix_audit_logs_client_id_created_at_id",
        table_name="audit_logs",
        postgresql_where=sa.text("client_id IS NOT NULL"),
        sqlite_where=sa.text("client_id IS NOT NULL"),
    )
    op.drop_column("audit_logs", "ip_index")
    op.drop_column("audit_logs", "sealed_facts")
    op.drop_column("audit_logs", "sealed_actor")
    op.drop_table("audit_unsealed")
    op.drop_table("audit_tombstones")
    op.drop_table("audit_seals")
    op.drop_table("audit_person_keys")
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_chain")
