-- Two roles for a portal on PostgreSQL. `portal_owner` migrates, erases and removes by age; `portal_app` serves, and can
-- neither change nor remove what stands in the audit log, nor alter a table.
--
-- Run it as a superuser in the portal's database before the first `portal migrate`. After each one it is run again, which
-- `portal migrate --prepare` does by itself as portal_owner. It can be run any number of times. Give the roles passwords of your own: ALTER ROLE portal_owner PASSWORD '...'

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_owner') THEN CREATE ROLE portal_owner LOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN CREATE ROLE portal_app LOGIN; END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO portal_owner, portal_app', current_database());
END $$;

-- Nobody but the owner makes tables.
REVOKE CREATE ON SCHEMA public FROM PUBLIC, portal_app;
GRANT USAGE ON SCHEMA public TO portal_app;
GRANT USAGE, CREATE ON SCHEMA public TO portal_owner;

-- The application works with everything that the owner makes, now and later ...
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_app;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_app;

-- ... except history: that is read, and added to. Only the owner buries the beginning of the chain or destroys a key.
DO $$
DECLARE history regclass;
BEGIN
    FOR history IN
        SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname IN (
            'audit_logs', 'audit_subjects', 'audit_seals', 'audit_checkpoints', 'audit_tombstones',
            'audit_person_keys', 'alembic_version'
        )
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM portal_app', history);
        EXECUTE format('GRANT SELECT ON %s TO portal_app', history);
        IF history::text NOT IN ('audit_tombstones', 'alembic_version') THEN
            EXECUTE format('GRANT INSERT ON %s TO portal_app', history);
        END IF;
    END LOOP;
END $$;
