-- The statements that prepare an external PostgreSQL at start.

-- name: lock_roles
-- Two nodes may start on a new database at once.
SELECT pg_advisory_xact_lock($1);

-- name: is_own_schema
-- Set up earlier without roles of its own: a later role could not alter what is there.
SELECT EXISTS (
    SELECT FROM pg_namespace
    WHERE nspname = 'foundation' AND pg_get_userbyid(nspowner) = session_user
);

-- name: take_group
SELECT format('GRANT %I TO %I', $1::text, session_user);

-- name: grant_database
SELECT format('GRANT CONNECT, CREATE ON DATABASE %I TO %I', current_database(), $1::text);

-- name: become
SELECT format('SET LOCAL ROLE %I', $1::text);

-- name: may_create
SELECT has_database_privilege(current_user, current_database(), 'CREATE');
