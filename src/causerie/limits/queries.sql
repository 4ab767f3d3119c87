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

-- name: known_places
-- Those of the pairs that are known; each is one row of the primary key.
SELECT p.account, p.place
FROM unnest($1::bytea[], $2::bytea[], $3::timestamptz[]) AS asked (account, place, since)
JOIN limits.known_places p USING (account, place)
WHERE p.seen_at > asked.since;

-- name: take_guess
-- Counted before it is evaluated, under the row's lock: of fifty at once no more than $5 pass. What
-- lies further ahead than the window was written by a clock that has jumped, and counts no more.
INSERT INTO limits.guesses AS g (account, is_known, times, last_at)
VALUES ($1, $2, ARRAY[$3::timestamptz], $3)
ON CONFLICT (account, is_known) DO UPDATE SET
    times = ARRAY(
        SELECT t FROM unnest(g.times) t
        WHERE t > $3::timestamptz - $4::interval AND t < $3::timestamptz + $4::interval
    ) || $3::timestamptz,
    last_at = $3
WHERE (
    SELECT count(*) FROM unnest(g.times) t
    WHERE t > $3::timestamptz - $4::interval AND t < $3::timestamptz + $4::interval
) < $5
RETURNING true;

-- name: earliest_guess
-- Of the lanes that are open to the asker: all where the place is known, else the strangers'.
SELECT min(t)
FROM limits.guesses g, unnest(g.times) t
WHERE g.account = $1 AND (NOT g.is_known OR $2)
    AND t > $3::timestamptz - $4::interval AND t < $3::timestamptz + $4::interval;

-- name: give_guess_back
-- One of that moment and no more: two nodes may have counted in the same microsecond.
UPDATE limits.guesses g SET times =
    g.times[1:array_position(g.times, $3::timestamptz) - 1]
    || g.times[array_position(g.times, $3::timestamptz) + 1:]
WHERE g.account = $1 AND g.is_known = $2 AND $3::timestamptz = ANY (g.times);

-- name: remember_place
INSERT INTO limits.known_places AS p (account, place, seen_at) VALUES ($1, $2, $3)
ON CONFLICT (account, place) DO UPDATE SET seen_at = $3
RETURNING xmax = 0;

-- name: forget_oldest_places
DELETE FROM limits.known_places
WHERE account = $1 AND place IN (
    SELECT place FROM limits.known_places WHERE account = $1 ORDER BY seen_at DESC, place OFFSET $2
);

-- name: remove_old_guesses
DELETE FROM limits.guesses
WHERE (account, is_known) IN (
    SELECT account, is_known FROM limits.guesses WHERE last_at <= $1 LIMIT $2
)
RETURNING true;

-- name: remove_old_places
DELETE FROM limits.known_places
WHERE (account, place) IN (
    SELECT account, place FROM limits.known_places WHERE seen_at <= $1 LIMIT $2
)
RETURNING true;

-- name: lock_subject
-- Two nodes that see the same offence: the second finds the block of the first.
SELECT pg_advisory_xact_lock(hashtextextended('limits.blocks ' || $1::text, 0));

-- name: latest_block
SELECT id, scope, subject, step, rule, score, reason, placed_at, until_at, placed_by, lifted_at, lifted_by
FROM limits.blocks
WHERE scope = $1 AND subject = $2 AND lifted_at IS NULL
ORDER BY until_at DESC
LIMIT 1;

-- name: get_block
SELECT id, scope, subject, step, rule, score, reason, placed_at, until_at, placed_by, lifted_at, lifted_by
FROM limits.blocks
WHERE id = $1;

-- name: add_block
INSERT INTO limits.blocks
    (scope, subject, step, rule, score, reason, placed_at, until_at, placed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING id, scope, subject, step, rule, score, reason, placed_at, until_at, placed_by, lifted_at, lifted_by;

-- name: lift_block
UPDATE limits.blocks SET lifted_at = $2, lifted_by = $3
WHERE id = $1 AND lifted_at IS NULL
RETURNING id, scope, subject, step, rule, score, reason, placed_at, until_at, placed_by, lifted_at, lifted_by;

-- name: active_blocks
SELECT id, scope, subject, step, rule, score, reason, placed_at, until_at, placed_by, lifted_at, lifted_by
FROM limits.blocks
WHERE lifted_at IS NULL AND until_at > $3 AND ($1::bigint IS NULL OR id < $1)
ORDER BY id DESC
LIMIT $2;

-- name: blocks
SELECT id, scope, subject, step, rule, score, reason, placed_at, until_at, placed_by, lifted_at, lifted_by
FROM limits.blocks
WHERE ($1::bigint IS NULL OR id < $1) AND $3::timestamptz IS NOT NULL
ORDER BY id DESC
LIMIT $2;
