-- What receipts ask of their tables, and of the conversations.

-- name: unread
SELECT * FROM conversations.unread_of($1);

-- name: read_all
SELECT r.*, conversations.is_discreet($1) AS is_discreet FROM conversations.read_all($1) r;

-- name: readers
SELECT * FROM conversations.readers($1, $2);

-- name: positions_after
SELECT * FROM conversations.positions_after($1, $2, $3);

-- name: preferences
-- As a reader.
SELECT key, value, updated_at FROM receipts.preferences WHERE user_id = $1;

-- name: set_preference
-- The time grows with each change of a key: of two events the later one is true.
INSERT INTO receipts.preferences AS p (user_id, key, value, updated_at)
VALUES ($1, $2, $3::text::jsonb, date_trunc('milliseconds', clock_timestamp()))
ON CONFLICT (user_id, key) DO UPDATE
SET value = excluded.value,
    updated_at = greatest(
        date_trunc('milliseconds', clock_timestamp()), p.updated_at + interval '1 ms')
RETURNING updated_at;

-- name: preferences_since
-- What these set in the last so many seconds.
SELECT user_id, key, value, updated_at FROM receipts.preferences
WHERE user_id = ANY ($1::bigint[]) AND updated_at > clock_timestamp() - make_interval(secs => $2);

-- name: is_time_zone
SELECT foundation.is_time_zone($1);

-- name: set_discreet
SELECT conversations.set_discreet($1, 'off', $2);

-- name: drafts
-- As a reader.
SELECT conversation_id, root_id, kind, content, written_at
FROM receipts.drafts
WHERE user_id = $1 AND content <> ''
ORDER BY conversation_id, root_id;

-- name: drafts_since
-- What these began to write, or threw away, in the last so many seconds.
SELECT user_id, conversation_id, root_id, kind, content, written_at FROM receipts.drafts
WHERE user_id = ANY ($1::bigint[]) AND changed_at > clock_timestamp() - make_interval(secs => $2);

-- name: draft
SELECT conversation_id, root_id, kind, content, written_at
FROM receipts.drafts
WHERE user_id = $1 AND conversation_id = $2 AND root_id = $3;

-- name: hold_drafts
SELECT pg_advisory_xact_lock(hashtextextended(format('causerie.drafts.%s', $1::bigint), 0));

-- name: forget_drafts
-- What was gone for so long that no device still comes with something older.
DELETE FROM receipts.drafts
WHERE user_id = $1 AND content = '' AND written_at < clock_timestamp() - interval '7 days';

-- name: count_drafts
SELECT count(*) FROM (
    SELECT FROM receipts.drafts WHERE user_id = $1 AND content <> '' LIMIT $2
) AS counted;

-- name: set_draft
-- Nothing where a newer one is there, or the same.
INSERT INTO receipts.drafts AS d
    (user_id, conversation_id, root_id, content, written_at, kind, changed_at)
VALUES ($1, $2, $3, $4, date_trunc('milliseconds', $5::timestamptz),
    $6::text::conversations.kind, clock_timestamp())
ON CONFLICT (user_id, conversation_id, root_id) DO UPDATE
SET content = excluded.content, written_at = excluded.written_at,
    changed_at = excluded.changed_at
WHERE excluded.written_at >= d.written_at AND excluded.content <> d.content
RETURNING conversation_id, root_id, kind, content, written_at;
