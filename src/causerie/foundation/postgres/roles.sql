-- Utility statements take no parameters, so format() writes them, with its quoting of names (%I)
-- and values (%L).

-- name: has_role
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1::name);

-- name: make_group
SELECT format('CREATE ROLE %I NOLOGIN', $1::text);

-- name: is_member
SELECT pg_has_role($2::name, $1::name, 'MEMBER');

-- name: let_be
SELECT format('GRANT %I TO %I', $1::text, $2::text);

-- name: let_become
-- Without inheriting (PostgreSQL 16 can say so): its policies are for whoever has become it.
SELECT format(
    CASE WHEN current_setting('server_version_num')::int >= 160000
        THEN 'GRANT %I TO %I WITH INHERIT FALSE, SET TRUE' ELSE 'GRANT %I TO %I' END,
    $1::text, $2::text);

-- name: has_database
SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1::name);

-- name: make_login
-- The password is a key of 192 random bits, which nobody can guess through any hash; stretching it
-- (4,096 rounds by default) would only cost the event loop 2 ms for each new connection.
SELECT format(
    'SET LOCAL scram_iterations = 1; '
    'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD %L',
    $1::text, $2::text
);

-- name: make_database
SELECT format(
    'CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', $1::text, $2::text
);

-- name: close_database
SELECT format(template, current_database(), $1::text) AS statement
FROM unnest(ARRAY[
    'REVOKE ALL ON DATABASE %1$I FROM PUBLIC',
    'GRANT CONNECT ON DATABASE %1$I TO %2$I'
]) AS templates (template);

-- name: let_work
SELECT format(template, $1::text) AS statement
FROM unnest(ARRAY[
    'ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO %1$I',
    'ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$I',
    'ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO %1$I'
]) AS templates (template);
