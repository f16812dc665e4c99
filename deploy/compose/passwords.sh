#!/bin/sh
# Run by the image of PostgreSQL when it makes the database, after postgresql-roles.sql: the roles get their passwords.
set -eu

psql --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --set=owner="$(cat /run/secrets/database_password_owner)" --set=app="$(cat /run/secrets/database_password_app)" <<'SQL'
ALTER ROLE portal_owner PASSWORD :'owner';
ALTER ROLE portal_app PASSWORD :'app';
SQL
