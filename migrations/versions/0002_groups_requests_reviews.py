"""Groups, requests for access, reviews of it, and the epoch that says when permissions have changed."""

import sqlalchemy as sa
from alembic import op
from portal.infra.db import JsonDocument, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_epochs",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_epochs")),
    )
    op.execute("INSERT INTO access_epochs (id, value) VALUES (1, 0)")
    op.create_table(
        "groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("is_requestable", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )
    op.create_index("uq_groups_lower_name", "groups", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "access_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("target_type", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("target_label", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("wished_until", UtcDateTime(), nullable=True),
        sa.Column("refusal_reference", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision_note", sa.String(length=300), nullable=True),
        sa.Column("granted_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_access_requests_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    op.create_index("ix_access_requests_state_id", "access_requests", ["state", "id"], unique=False)
    op.create_index("ix_access_requests_target_id", "access_requests", ["target_id"], unique=False)
    op.create_index(
        "uq_access_requests_open",
        "access_requests",
        ["user_id", "target_type", "target_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "access_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_type", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("target_label", sa.String(length=120), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["users.id"],
            name=op.f("fk_access_reviews_reviewer_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_reviews")),
    )
    op.create_index(op.f("ix_access_reviews_reviewer_id"), "access_reviews", ["reviewer_id"], unique=False)
    op.create_index("ix_access_reviews_target_id", "access_reviews", ["target_id"], unique=False)
    op.create_table(
        "audit_saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", JsonDocument, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_audit_saved_views_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_saved_views")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_audit_saved_views_user_id_name")),
    )
    op.create_table(
        "client_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_pk", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_pk"], ["clients.id"], name=op.f("fk_client_groups_client_pk_clients"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_client_groups_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_groups")),
        sa.UniqueConstraint("client_pk", "group_id", name=op.f("uq_client_groups_client_pk_group_id")),
    )
    op.create_index(op.f("ix_client_groups_group_id"), "client_groups", ["group_id"], unique=False)
    op.create_table(
        "group_administrators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["groups.id"],
            name=op.f("fk_group_administrators_group_id_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_group_administrators_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_administrators")),
        sa.UniqueConstraint("group_id", "user_id", name=op.f("uq_group_administrators_group_id_user_id")),
    )
    op.create_index(
        op.f("ix_group_administrators_user_id"), "group_administrators", ["user_id"], unique=False
    )
    op.create_table(
        "group_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_group_members_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint("group_id", "user_id", name=op.f("uq_group_members_group_id_user_id")),
    )
    op.create_index(op.f("ix_group_members_user_id"), "group_members", ["user_id"], unique=False)
    op.create_table(
        "access_review_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["access_reviews.id"],
            name=op.f("fk_access_review_items_review_id_access_reviews"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_access_review_items_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_items")),
        sa.UniqueConstraint("review_id", "user_id", name=op.f("uq_access_review_items_review_id_user_id")),
    )
    op.create_index(op.f("ix_access_review_items_user_id"), "access_review_items", ["user_id"], unique=False)
    op.create_table(
        "group_roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_roles_group_id_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_group_roles_role_id_roles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_roles")),
        sa.UniqueConstraint("group_id", "role_id", name=op.f("uq_group_roles_group_id_role_id")),
    )
    op.create_index(op.f("ix_group_roles_role_id"), "group_roles", ["role_id"], unique=False)
    op.add_column("clients", sa.Column("access_claims", JsonDocument, nullable=True))
    op.add_column(
        "resources", sa.Column("description", sa.String(length=300), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("roles", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.add_column(
        "roles", sa.Column("is_requestable", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(op.f("ix_roles_owner_id"), "roles", ["owner_id"], unique=False)
    op.add_column("users", sa.Column("attributes", JsonDocument, nullable=True))


def downgrade() -> None:
    op.drop_column("users", "attributes")
    op.drop_index(op.f("ix_roles_owner_id"), table_name="roles")
    op.drop_column("roles", "is_requestable")
    op.drop_column("roles", "owner_id")
    op.drop_column("resources", "description")
    op.drop_column("clients", "access_claims")
    op.drop_index(op.f("ix_group_roles_role_id"), table_name="group_roles")
    op.drop_table("group_roles")
    op.drop_index(op.f("ix_access_review_items_user_id"), table_name="access_review_items")
    op.drop_table("access_review_items")
    op.drop_index(op.f("ix_group_members_user_id"), table_name="group_members")
    op.drop_table("group_members")
    op.drop_index(op.f("ix_group_administrators_user_id"), table_name="group_administrators")
    op.drop_table("group_administrators")
    op.drop_index(op.f("ix_client_groups_group_id"), table_name="client_groups")
    op.drop_table("client_groups")
    op.drop_table("audit_saved_views")
    op.drop_index("ix_access_reviews_target_id", table_name="access_reviews")
    op.drop_index(op.f("ix_access_reviews_reviewer_id"), table_name="access_reviews")
    op.drop_table("access_reviews")
    op.drop_index(
        "uq_access_requests_open",
        table_name="access_requests",
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_access_requests_target_id", table_name="access_requests")
    op.drop_index("ix_access_requests_state_id", table_name="access_requests")
    op.drop_table("access_requests")
    op.drop_index("uq_groups_lower_name", table_name="groups")
    op.drop_table("groups")
    op.drop_table("access_epochs")
