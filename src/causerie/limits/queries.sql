-- The statements of causerie.limits.

-- name: revision
SELECT revision FROM limits.revision;

-- name: rules
SELECT action, amount, period_seconds, burst, algorithm, factors::text AS factors
FROM limits.rules;

-- name: lock_rules
-- The row that every change moves anyway: two admins at once change one after the other.
SELECT revision FROM limits.revision FOR UPDATE;

-- name: put_rule
INSERT INTO limits.rules
    (action, amount, period_seconds, burst, algorithm, factors, changed_by)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
ON CONFLICT (action) DO UPDATE SET
    amount = excluded.amount,
    period_seconds = excluded.period_seconds,
    burst = excluded.burst,
    algorithm = excluded.algorithm,
    factors = excluded.factors,
    changed_at = now(),
    changed_by = excluded.changed_by;

-- name: remove_rule
DELETE FROM limits.rules WHERE action = $1 RETURNING true;
