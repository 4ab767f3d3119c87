-- What moderation asks of its tables.

-- name: add_subject
INSERT INTO moderation.subjects (kind, id) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: lock_subject
SELECT points, points_at FROM moderation.subjects WHERE kind = $1 AND id = $2 FOR UPDATE;

-- name: subject_points
SELECT points, points_at FROM moderation.subjects WHERE kind = $1 AND id = $2;

-- name: set_points
UPDATE moderation.subjects SET points = $3, points_at = $4 WHERE kind = $1 AND id = $2;

-- name: add_sanction
INSERT INTO moderation.sanctions
    (subject_kind, subject_id, kind, conversation, reason, rule, points, author_id, created_at,
     ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING *;

-- name: in_force
-- How long the longest of each kind holds.
SELECT max(ends_at) FILTER (WHERE kind = 'mute') AS muted_until,
    max(ends_at) FILTER (WHERE kind = 'ban') AS banned_until
FROM moderation.sanctions
WHERE subject_kind = $1 AND subject_id = $2 AND lifted_at IS NULL AND ends_at > $3;

-- name: restrict
-- The last statement of its transaction: see the function in accounts.
SELECT accounts.restrict($1, $2, $3, $4);

-- name: find_sanction
SELECT * FROM moderation.sanctions WHERE id = $1;

-- name: lift_sanction
UPDATE moderation.sanctions SET lifted_at = $2, lifted_by = $3, lift_reason = $4
WHERE id = $1 AND lifted_at IS NULL AND ends_at > $2
RETURNING *;

-- name: appeal_sanction
UPDATE moderation.sanctions SET appeal_state = 'open', appeal_text = $2, appealed_at = $3
WHERE id = $1 AND appeal_state IS NULL
RETURNING *;

-- name: decide_appeal
UPDATE moderation.sanctions
SET appeal_state = CASE WHEN $2::boolean THEN 'granted' ELSE 'denied' END::moderation.appeal_state,
    decided_by = $3, decided_at = $4, decision_reason = $5
WHERE id = $1 AND appeal_state = 'open'
RETURNING *;

-- name: sanctions
SELECT * FROM moderation.sanctions
WHERE id < coalesce($1, 9223372036854775807)
    AND ($2::moderation.subject_kind IS NULL OR subject_kind = $2)
    AND ($3::bigint IS NULL OR subject_id = $3)
    AND ($4::moderation.sanction_kind IS NULL OR kind = $4)
    AND ($5::boolean IS NULL OR $5 = (lifted_at IS NULL AND ends_at IS NOT NULL AND ends_at > $6))
    AND (NOT $7::boolean OR appeal_state = 'open')
ORDER BY id DESC
LIMIT $8;

-- name: rungs
SELECT points, kind, seconds FROM moderation.ladder ORDER BY points;

-- name: points_of_breaches
SELECT rule, points FROM moderation.breaches;

-- name: half_life
SELECT half_life_seconds FROM moderation.decay;

-- name: clear_ladder
-- One at a time: the table is a few rows, and changed once in months.
DELETE FROM moderation.ladder;

-- name: lock_ladder
LOCK TABLE moderation.ladder IN SHARE ROW EXCLUSIVE MODE;

-- name: add_rungs
INSERT INTO moderation.ladder (points, kind, seconds)
SELECT * FROM unnest($1::double precision[], $2::text[]::moderation.sanction_kind[], $3::bigint[]);

-- name: set_half_life
UPDATE moderation.decay SET half_life_seconds = $1;
