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

-- name: insert_verdicts
INSERT INTO moderation.verdicts
    (conversation_id, author_id, message_id, is_refused, findings, refused_text)
SELECT v.conversation_id, v.author_id, v.message_id, v.is_refused, v.findings::jsonb, v.refused_text
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::text[], $6::text[])
    WITH ORDINALITY
    AS v (conversation_id, author_id, message_id, is_refused, findings, refused_text, ord)
ORDER BY v.ord;

-- name: verdicts
SELECT v.id, conversations.kind_of(v.conversation_id) AS kind, v.conversation_id, v.author_id, v.message_id, v.is_refused,
    v.findings::text AS findings, v.refused_text, v.created_at
FROM moderation.verdicts v
WHERE v.id < $1 AND ($2::bigint IS NULL OR v.conversation_id = $2)
    AND ($3::bigint IS NULL OR v.author_id = $3)
ORDER BY v.id DESC
LIMIT $4;

-- name: forget_verdicts
DELETE FROM moderation.verdicts WHERE id IN (
    SELECT id FROM moderation.verdicts
    WHERE created_at < clock_timestamp() - make_interval(days => $1) LIMIT $2
);

-- name: room_filters
SELECT conversation_id, size, structure, meaning FROM moderation.room_filters;

-- name: find_room_filter
SELECT size, structure, meaning FROM moderation.room_filters WHERE conversation_id = $1;

-- name: set_room_filter
INSERT INTO moderation.room_filters AS f (conversation_id, size, structure, meaning, changed_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (conversation_id) DO UPDATE SET
    size = excluded.size, structure = excluded.structure, meaning = excluded.meaning,
    changed_by = excluded.changed_by, changed_at = clock_timestamp();

-- name: insert_lesson
INSERT INTO moderation.lessons (topic, features_version, text_hash, is_positive, taught_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: forget_opposite_lesson
-- Who thinks again takes the earlier word back, and may give it once more.
DELETE FROM moderation.lessons
WHERE topic = $1 AND features_version = $2 AND text_hash = $3 AND is_positive <> $4;

-- name: add_learnt
-- Sorted, so that two nodes learning at once wait for each other in one direction only.
INSERT INTO moderation.learnt AS l (topic, features_version, bucket, change)
SELECT $1, $2, c.bucket, c.change FROM unnest($3::integer[], $4::real[]) AS c (bucket, change)
ORDER BY c.bucket
ON CONFLICT (topic, features_version, bucket) DO UPDATE SET change = l.change + excluded.change;

-- name: learnt
SELECT topic, bucket, change FROM moderation.learnt WHERE features_version = $1;

-- name: newest_lesson
SELECT coalesce(max(id), 0) AS id FROM moderation.lessons WHERE features_version = $1;

-- name: count_open_reports
SELECT count(*) FROM (
    SELECT FROM moderation.reports WHERE reporter_id = $1 AND state = 'open' LIMIT $2
) AS counted;

-- name: add_report
INSERT INTO moderation.reports
    (reporter_id, subject_id, message_id, content, reason, comment, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING *;

-- name: find_report
SELECT * FROM moderation.reports
WHERE reporter_id = $1 AND CASE WHEN $3::bigint IS NOT NULL THEN message_id = $3
    ELSE message_id IS NULL AND subject_id = $2 AND state = 'open' END;

-- name: report_by_id
SELECT * FROM moderation.reports WHERE id = $1;

-- name: reports
SELECT * FROM moderation.reports
WHERE id < coalesce($1, 9223372036854775807)
    AND ($2::moderation.report_state IS NULL OR state = $2)
    AND ($3::moderation.report_reason IS NULL OR reason = $3)
    AND ($4::bigint IS NULL OR subject_id = $4)
ORDER BY id DESC
LIMIT $5;

-- name: reports_by_ids
SELECT * FROM moderation.reports WHERE id = ANY ($1::bigint[]) ORDER BY id;

-- name: lock_reports
-- In id order, so that two who decide about the same ones do not wait for each other in a circle.
SELECT id FROM moderation.reports WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE;

-- name: next_decision
SELECT nextval('moderation.decisions');

-- name: reports_of_decision
SELECT * FROM moderation.reports WHERE decision_id = $1 ORDER BY id;

-- name: decide_reports
UPDATE moderation.reports
SET state = $2, decided_by = $3, decided_at = $4, decision = $5, decision_id = $6
WHERE id = ANY ($1::bigint[]) AND state = 'open'
RETURNING *;

-- name: take_refusal
-- Another node's are passed over: each refusal counts once, in the transaction that counts it.
UPDATE moderation.verdicts v SET is_counted = true
WHERE v.id = (
    SELECT w.id FROM moderation.verdicts w
    WHERE w.is_refused AND NOT w.is_counted
    ORDER BY w.id LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING v.author_id, EXISTS (
    SELECT FROM accounts.people_of(ARRAY[v.author_id])
) AS is_somebody;

-- name: facts_of_conduct
-- Points fade as the ladder says (Ladder.faded).
SELECT u.id, u.created_at,
    coalesce(s.points * 0.5 ^ (
        greatest(0, extract(epoch FROM $3::timestamptz - s.points_at)) / d.half_life_seconds
    ), 0)::double precision AS points,
    EXISTS (
        SELECT FROM moderation.sanctions a
        WHERE a.subject_kind = 'user' AND a.subject_id = u.id
            AND a.lifted_at IS NULL AND a.ends_at > $3
    ) AS is_sanctioned,
    (SELECT count(*) FROM moderation.verdicts v
     WHERE v.author_id = u.id AND v.is_refused AND v.created_at > $4) AS refused,
    (SELECT count(*) FROM moderation.reports r
     WHERE r.subject_id = u.id AND r.state = 'upheld' AND r.decided_at > $5) AS upheld,
    o.right_reports, o.wrong_reports
FROM accounts.page_of_users($1, $2) u
CROSS JOIN moderation.decay d
LEFT JOIN moderation.subjects s ON s.kind = 'user' AND s.id = u.id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE r.state = 'upheld') AS right_reports,
        count(*) FILTER (WHERE r.state = 'dismissed') AS wrong_reports
    FROM moderation.reports r
    WHERE r.reporter_id = u.id AND r.decided_at > $5
) o
ORDER BY u.id;

-- name: put_reputations
-- What has not changed is not written again: most of all users, each time.
INSERT INTO moderation.reputations AS r (user_id, score, parts, reckoned_at)
SELECT n.user_id, n.score, n.parts::jsonb, $4
FROM unnest($1::bigint[], $2::smallint[], $3::text[]) AS n (user_id, score, parts)
ON CONFLICT (user_id) DO UPDATE
SET score = excluded.score, parts = excluded.parts, reckoned_at = excluded.reckoned_at
WHERE r.score <> excluded.score;

-- name: judge_trust
SELECT id FROM accounts.judge_trust($1, $2);

-- name: trust_of
SELECT trust, is_pinned FROM accounts.trust_of($1);

-- name: pin_trust
SELECT accounts.pin_trust($1, $2);
