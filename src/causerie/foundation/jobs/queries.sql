-- The statements of causerie.foundation.jobs.

-- name: put
-- One of a key waits at most. While somebody works on it, it may have looked already: then once more.
INSERT INTO jobs.waiting AS w (kind, payload, destination, key, created_at, due_at, set_at)
SELECT n.kind, n.payload, n.destination, n.key, $6, n.due_at, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    AS n (kind, payload, destination, key, due_at)
ORDER BY n.kind, n.key -- two who put the same keys wait for each other in one direction only
ON CONFLICT (kind, key) WHERE key IS NOT NULL DO UPDATE SET again = true WHERE w.is_taken;

-- name: take
-- Of each kind as many as there is room for, and of one destination a few at most; those of
-- destinations that are busy or away are passed over. Other nodes' are skipped, not waited for.
WITH candidates AS (
    SELECT c.id
    FROM unnest($1::text[], $2::integer[], $3::float8[]) AS a (kind, room, lease)
    CROSS JOIN LATERAL (
        SELECT n.id FROM (
            SELECT d.id, d.due_at, d.destination,
                row_number() OVER (PARTITION BY d.destination ORDER BY d.due_at, d.id) AS nth
            FROM (
                SELECT w.id, w.due_at, w.destination FROM jobs.waiting w
                WHERE w.kind = a.kind AND w.due_at <= $4
                    AND (w.destination IS NULL OR w.destination <> ALL ($5::text[]))
                ORDER BY w.due_at, w.id
                LIMIT 4 * a.room
            ) d
        ) n
        WHERE n.destination IS NULL OR n.nth <= $6
        ORDER BY n.due_at, n.id
        LIMIT a.room
    ) c
), locked AS (
    SELECT w.id, w.kind FROM jobs.waiting w JOIN candidates USING (id)
    WHERE w.due_at <= $4 -- still, now that it is ours
    FOR UPDATE OF w SKIP LOCKED
)
UPDATE jobs.waiting w
SET due_at = $4::timestamptz + make_interval(secs => a.lease), set_at = $4, attempts = w.attempts + 1,
    is_taken = true, again = false
FROM locked l JOIN unnest($1::text[], $3::float8[]) AS a (kind, lease) ON a.kind = l.kind
WHERE w.id = l.id
RETURNING w.id, w.kind, w.payload, w.destination, w.key, w.attempts, w.created_at;

-- name: finish
-- Only by whoever holds it: each taking has its own number of attempts. Locked first, so that one
-- who puts it once more at this moment is either seen, or comes after and finds nothing.
WITH held AS (
    SELECT id, again FROM jobs.waiting WHERE id = $1 AND attempts = $2 AND is_taken FOR UPDATE
), done AS (
    DELETE FROM jobs.waiting w USING held h WHERE w.id = h.id AND NOT h.again
)
UPDATE jobs.waiting w SET again = false, is_taken = false, attempts = 0, due_at = $3, set_at = $3
FROM held h WHERE w.id = h.id AND h.again;

-- name: postpone
UPDATE jobs.waiting
SET is_taken = false, again = false, due_at = $3, set_at = $4, attempts = attempts - $5
WHERE id = $1 AND attempts = $2 AND is_taken;

-- name: let_go
-- Nothing was lost but time: not counted as an attempt.
UPDATE jobs.waiting w SET is_taken = false, due_at = $3, set_at = $3, attempts = w.attempts - 1
FROM unnest($1::bigint[], $2::integer[]) AS h (id, attempts)
WHERE w.id = h.id AND w.attempts = h.attempts AND w.is_taken;

-- name: bury
WITH gone AS (
    DELETE FROM jobs.waiting WHERE id = $1 AND attempts = $2 AND is_taken
    RETURNING id, kind, payload, destination, key, created_at, attempts
)
INSERT INTO jobs.dead (id, kind, payload, destination, key, created_at, attempts, reason, died_at)
SELECT g.*, $3, $4 FROM gone g;

-- name: heal
-- A turn that was set in the future was set by a clock that has been put back since.
UPDATE jobs.waiting SET due_at = $1::timestamptz, set_at = $1::timestamptz
WHERE set_at > $1::timestamptz + interval '1 minute' AND due_at > $1;

-- name: count
SELECT (SELECT count(*) FROM jobs.waiting) AS waiting, (SELECT count(*) FROM jobs.dead) AS dead,
    coalesce((
        SELECT extract(epoch FROM $1::timestamptz - min(w.due_at)) FROM jobs.waiting w
        WHERE w.due_at <= $1
    ), 0)::float8 AS late;

-- name: forget_dead
DELETE FROM jobs.dead WHERE died_at < $1;

-- name: list_dead
SELECT id, kind, payload, destination, attempts, reason, created_at, died_at FROM jobs.dead
WHERE ($1::text IS NULL OR kind = $1) AND ($2::bigint IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3;

-- name: revive
-- Where the same waits again already, the dead one only goes; of several with one key the first rises.
WITH risen AS (
    DELETE FROM jobs.dead
    WHERE ($1::bigint[] IS NULL OR id = ANY ($1)) AND ($2::text IS NULL OR kind = $2)
        AND ($3::timestamptz IS NULL OR died_at >= $3)
        AND ($4::timestamptz IS NULL OR died_at < $4)
    RETURNING id, kind, payload, destination, key, created_at
), put AS (
    INSERT INTO jobs.waiting (kind, payload, destination, key, created_at, due_at, set_at)
    SELECT r.kind, r.payload, r.destination, r.key, r.created_at, $5, $5 FROM risen r
    ORDER BY r.id
    ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING
)
SELECT count(*) FROM risen;
