-- The statements of causerie.foundation.postgres.

-- name: claim_key
-- Waits for a twin that is under way: after it we insert (it was rolled back) or see its row.
INSERT INTO foundation.idempotency_keys (user_id, key, operation, fingerprint)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: find_key
-- A statement of its own: the twin may have committed after the insert's snapshot was taken.
SELECT operation, fingerprint, result
FROM foundation.idempotency_keys
WHERE user_id = $1 AND key = $2;

-- name: settle_key
UPDATE foundation.idempotency_keys SET result = $3 WHERE user_id = $1 AND key = $2;

-- name: name_caller
SELECT set_config('causerie.actor', $1, true), set_config('causerie.address', $2, true);

-- name: has_key
SELECT EXISTS (SELECT FROM foundation.idempotency_keys WHERE user_id = $1 AND key = $2);

-- name: has_reader
SELECT foundation.has_reader();

-- name: figures
-- Age of transactions: those of others are seen by their time alone, which needs no privilege here
-- for our own role's sessions; of a superuser's we see none, and count none.
SELECT
    pg_database_size(current_database()) AS size_bytes,
    current_setting('max_connections')::int AS sessions_max,
    s.xact_commit AS committed,
    s.xact_rollback AS rolled_back,
    s.blks_hit AS blocks_hit,
    s.blks_read AS blocks_read,
    s.deadlocks,
    s.temp_bytes AS temporary_bytes,
    (
        SELECT coalesce(extract(epoch FROM max(now() - a.xact_start)), 0)::float8
        FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.backend_type = 'client backend'
    ) AS longest_transaction_seconds
FROM pg_stat_database s
WHERE s.datname = current_database();

-- name: sessions_by_state
SELECT
    CASE
        WHEN a.state = 'active' AND a.wait_event_type = 'Lock' THEN 'waiting'
        WHEN a.state LIKE 'idle in transaction%' THEN 'idle_in_transaction'
        WHEN a.state IN ('active', 'idle') THEN a.state
        ELSE 'other'
    END AS state,
    count(*) AS count
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.backend_type = 'client backend'
GROUP BY 1;
