-- The statements of the migration runner; it must work before any migration has.

-- name: try_lock
SELECT pg_try_advisory_lock($1);

-- name: unlock
SELECT pg_advisory_unlock($1);

-- name: create_ledger
CREATE SCHEMA IF NOT EXISTS foundation;
CREATE TABLE IF NOT EXISTS foundation.migrations (
    source     text        NOT NULL,
    number     integer     NOT NULL,
    name       text        NOT NULL,
    checksum   bytea       NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, number)
);
-- What the app role gets by default is too much here.
DO $$
BEGIN
    IF current_user <> 'causerie_app'
        AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'causerie_app')
    THEN
        REVOKE INSERT, UPDATE, DELETE ON foundation.migrations FROM causerie_app;
    END IF;
END $$;

-- name: has_ledger
SELECT to_regclass('foundation.migrations') IS NOT NULL;

-- name: read_ledger
SELECT source, number, name, checksum FROM foundation.migrations ORDER BY source, number;

-- name: write_ledger
INSERT INTO foundation.migrations (source, number, name, checksum) VALUES ($1, $2, $3, $4);
