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
