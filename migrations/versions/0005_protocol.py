"""What the whole of OpenID Connect and its relatives keep: pushed requests, devices, one-time ids, switches of apps."""

import sqlalchemy as sa
from alembic import op
from portal.infra.db import JsonDocument, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of_apps = sa.text("client_id IS NOT NULL")
    op.create_index(
        "ix_audit_logs_client_use",
        "audit_logs",
        ["client_id", "created_at", "id", "action", "user_id"],
        postgresql_where=of_apps,
        sqlite_where=of_apps,
    )
    op.drop_index("ix_audit_logs_client_id_created_at_id", table_name="audit_logs")
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_access_tokens")),
    )
    op.create_table(
        "used_ids",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_ids")),
    )
    op.create_index("ix_used_ids_expires_at", "used_ids", ["expires_at"], unique=False)
    op.create_table(
        "logout_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_pk", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_pk"],
            ["clients.id"],
            name=op.f("fk_logout_notices_client_pk_clients"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_logout_notices_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logout_notices")),
    )
    op.create_index("ix_logout_notices_client_pk_id", "logout_notices", ["client_pk", "id"], unique=False)
    op.create_table(
        "session_clients",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("client_pk", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_pk"],
            ["clients.id"],
            name=op.f("fk_session_clients_client_pk_clients"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_session_clients_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "client_pk", name=op.f("pk_session_clients")),
    )
    op.create_index("ix_session_clients_client_pk", "session_clients", ["client_pk"], unique=False)
    op.create_table(
        "opaque_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_pk", sa.Uuid(), nullable=False),
        sa.Column("claims", JsonDocument, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_pk"], ["clients.id"], name=op.f("fk_opaque_tokens_client_pk_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opaque_tokens")),
    )
    op.create_index("ix_opaque_tokens_expires_at", "opaque_tokens", ["expires_at"], unique=False)
    op.create_table(
        "pushed_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_pk", sa.Uuid(), nullable=False),
        sa.Column("parameters", JsonDocument, nullable=False),
        sa.Column("dpop_jkt", sa.String(length=43), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_pk"],
            ["clients.id"],
            name=op.f("fk_pushed_requests_client_pk_clients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushed_requests")),
    )
    op.create_index("ix_pushed_requests_expires_at", "pushed_requests", ["expires_at"], unique=False)
    op.create_table(
        "device_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_pk", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=1000), nullable=False),
        sa.Column("resources", JsonDocument, nullable=True),
        sa.Column("claims", JsonDocument, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("last_polled_at", UtcDateTime(), nullable=True),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=200), nullable=True),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("security_epoch", sa.Integer(), nullable=True),
        sa.Column("auth_time", UtcDateTime(), nullable=True),
        sa.Column("amr", JsonDocument, nullable=True),
        sa.Column("acr", sa.String(length=40), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_pk"], ["clients.id"], name=op.f("fk_device_codes_client_pk_clients"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.id"], name=op.f("fk_device_codes_grant_id_grants"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_device_codes_session_id_sessions"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_device_codes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_codes")),
        sa.UniqueConstraint("user_code_digest", name=op.f("uq_device_codes_user_code_digest")),
    )
    op.create_index("ix_device_codes_expires_at", "device_codes", ["expires_at"], unique=False)
    op.add_column("authorization_codes", sa.Column("resources", JsonDocument, nullable=True))
    op.add_column("authorization_codes", sa.Column("authorization_details", JsonDocument, nullable=True))
    op.add_column("authorization_codes", sa.Column("dpop_jkt", sa.String(length=43), nullable=True))
    op.add_column("authorization_codes", sa.Column("family_id", sa.Uuid(), nullable=True))
    op.add_column("clients", sa.Column("jwks", JsonDocument, nullable=True))
    op.add_column("clients", sa.Column("jwks_uri", sa.String(length=300), nullable=True))
    op.add_column(
        "clients", sa.Column("switches", JsonDocument, nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column(
        "clients",
        sa.Column("registered_by", sa.String(length=10), nullable=False, server_default=sa.text("'admin'")),
    )
    op.add_column("clients", sa.Column("is_vouched", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("clients", sa.Column("registration_digest", sa.LargeBinary(length=32), nullable=True))
    op.add_column("clients", sa.Column("document_checked_at", UtcDateTime(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # only the catalogue changes; SQLite has no lengths
        op.alter_column(
            "clients", "client_id", existing_type=sa.String(length=64), type_=sa.String(length=300)
        )
    op.add_column(
        "signing_keys",
        sa.Column("signer", sa.String(length=20), nullable=False, server_default=sa.text("'database'")),
    )
    op.add_column("signing_keys", sa.Column("signer_ref", sa.String(length=300), nullable=True))
    op.add_column("token_families", sa.Column("resources", JsonDocument, nullable=True))
    op.add_column("token_families", sa.Column("authorization_details", JsonDocument, nullable=True))
    op.add_column("token_families", sa.Column("confirmation", JsonDocument, nullable=True))
    op.add_column("token_families", sa.Column("actor", JsonDocument, nullable=True))
    op.add_column("token_families", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("token_families", sa.Column("parent_jti", sa.String(length=64), nullable=True))
    op.add_column("token_families", sa.Column("actor_family_id", sa.Uuid(), nullable=True))
    op.add_column("token_families", sa.Column("actor_jti", sa.String(length=64), nullable=True))
    op.add_column("refresh_tokens", sa.Column("graced_at", UtcDateTime(), nullable=True))
    op.add_column("users", sa.Column("phone_number", sa.String(length=30), nullable=True))
    op.add_column("users", sa.Column("phone_number_verified_at", UtcDateTime(), nullable=True))
    op.add_column("users", sa.Column("address", JsonDocument, nullable=True))


def downgrade() -> None:
    of_apps = sa.text("client_id IS NOT NULL")
    op.create_index(
        "ix_audit_logs_client_id_created_at_id",
        "audit_logs",
        ["client_id", "created_at", "id"],
        postgresql_where=of_apps,
        sqlite_where=of_apps,
    )
    op.drop_index("ix_audit_logs_client_use", table_name="audit_logs")
    op.drop_column("users", "address")
    op.drop_column("users", "phone_number_verified_at")
    op.drop_column("users", "phone_number")
    op.drop_column("refresh_tokens", "graced_at")
    op.drop_column("token_families", "actor_jti")
    op.drop_column("token_families", "actor_family_id")
    op.drop_column("token_families", "parent_jti")
    op.drop_column("token_families", "parent_id")
    op.drop_column("token_families", "actor")
    op.drop_column("token_families", "confirmation")
    op.drop_column("token_families", "authorization_details")
    op.drop_column("token_families", "resources")
    op.drop_column("signing_keys", "signer_ref")
    op.drop_column("signing_keys", "signer")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DELETE FROM clients WHERE length(client_id) > 64")  # the release before can't know them
        op.alter_column(
            "clients", "client_id", existing_type=sa.String(length=300), type_=sa.String(length=64)
        )
    op.drop_column("clients", "document_checked_at")
    op.drop_column("clients", "registration_digest")
    op.drop_column("clients", "is_vouched")
    op.drop_column("clients", "registered_by")
    op.drop_column("clients", "switches")
    op.drop_column("clients", "jwks_uri")
    op.drop_column("clients", "jwks")
    op.drop_column("authorization_codes", "family_id")
    op.drop_column("authorization_codes", "dpop_jkt")
    op.drop_column("authorization_codes", "authorization_details")
    op.drop_column("authorization_codes", "resources")
    op.drop_index("ix_device_codes_expires_at", table_name="device_codes")
    op.drop_table("device_codes")
    op.drop_index("ix_pushed_requests_expires_at", table_name="pushed_requests")
    op.drop_table("pushed_requests")
    op.drop_index("ix_session_clients_client_pk", table_name="session_clients")
    op.drop_table("session_clients")
    op.drop_index("ix_opaque_tokens_expires_at", table_name="opaque_tokens")
    op.drop_table("opaque_tokens")
    op.drop_index("ix_logout_notices_client_pk_id", table_name="logout_notices")
    op.drop_table("logout_notices")
    op.drop_index("ix_used_ids_expires_at", table_name="used_ids")
    op.drop_table("used_ids")
    op.drop_table("initial_access_tokens")
