-- What a PostgreSQL says about itself, asked at start.

-- name: look
SELECT
    current_setting('server_version_num')::int AS version_number,
    current_setting('server_version')          AS version,
    current_setting('server_encoding')         AS encoding,
    pg_is_in_recovery()                        AS is_standby,
    pg_backend_pid()                           AS backend_pid,
    LEAST(
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int,
        (SELECT nullif(rolconnlimit, -1) FROM pg_roles
         WHERE rolname = session_user AND NOT rolsuper),
        (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
    ) AS usable_connections,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'unaccent') AS has_unaccent;

-- name: unsafe_setting
-- As this session has it: the role and the database may have settings of their own.
SELECT name, setting, source
FROM pg_settings
WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off'
ORDER BY name
LIMIT 1;
