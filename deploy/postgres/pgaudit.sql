-- For a PostgreSQL server that has the extension pgAudit: it writes into the server's own log who
-- changed tables and roles, and who read or wrote the audit trail itself, whatever privileges they
-- had. Causerie does not need it; it watches those whom Causerie's own trail cannot bind.
--
-- First, in postgresql.conf, and restart:  shared_preload_libraries = 'pgaudit'
-- Then, as a superuser in Causerie's database:  psql -d causerie -f pgaudit.sql
CREATE EXTENSION IF NOT EXISTS pgaudit;

-- Whose settings: this database's. What is under way keeps the old ones until it connects anew.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET pgaudit.log = ''ddl, role''', current_database());
    EXECUTE format('ALTER DATABASE %I SET pgaudit.log_catalog = off', current_database());
    -- Statements carry what people wrote, and secrets: no values.
    EXECUTE format('ALTER DATABASE %I SET pgaudit.log_parameter = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET pgaudit.log_relation = on', current_database());
    EXECUTE format('ALTER DATABASE %I SET pgaudit.role = ''causerie_auditor''', current_database());
END $$;

-- Object by object: each statement that needs one of these privileges is logged.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'causerie_auditor') THEN
        CREATE ROLE causerie_auditor NOLOGIN;
    END IF;
END $$;
GRANT UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA audit TO causerie_auditor;
GRANT INSERT, UPDATE, DELETE ON
    accounts.roles, accounts.role_permissions, accounts.signing_keys TO causerie_auditor;
GRANT UPDATE (role, password_hash) ON accounts.users TO causerie_auditor;
