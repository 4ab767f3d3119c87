-- What files ask of their table.

-- name: hold_quota
-- One upload of a user at a time is counted: two at once would each find room for itself alone.
SELECT pg_advisory_xact_lock(hashtextextended('causerie.files.' || $1::bigint, 0));

-- name: used_bytes
SELECT coalesce(sum(f.size_bytes), 0)::bigint FROM files.files f
WHERE f.uploader_id = $1 AND f.purged_at IS NULL;

-- name: add
INSERT INTO files.files (uploader_id, name, media_type, size_bytes, sha256, storage_key)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id;

-- name: arrive
UPDATE files.files f SET state = 'quarantined', next_try_at = clock_timestamp()
WHERE f.id = $1 AND f.state = 'arriving'
RETURNING f.*;

-- name: find
-- As a reader.
SELECT f.* FROM files.files f WHERE f.id = $1;

-- name: find_any
-- As a writer, for who may see all that is posted, and for what the server itself does.
SELECT f.* FROM files.files f WHERE f.id = $1 AND f.state <> 'arriving';

-- name: find_many
-- As a reader.
SELECT f.* FROM files.files f WHERE f.id = ANY ($1::bigint[]) ORDER BY f.id;

-- name: find_avatar
SELECT f.* FROM files.files f
WHERE f.uploader_id = $1 AND f.is_avatar AND f.state = 'clean';

-- name: show_avatar
SELECT files.show_avatar($1, $2);

-- name: hide_avatar
UPDATE files.files f SET state = 'removed', name = 'file', reason = NULL
WHERE f.uploader_id = $1 AND f.is_avatar AND f.state = 'clean';

-- name: to_review
SELECT f.* FROM files.files f
WHERE f.state = 'held' AND f.id < $1
ORDER BY f.id DESC LIMIT $2;

-- name: remove_unposted
UPDATE files.files f SET state = 'removed', name = 'file', reason = NULL
WHERE f.id = $1 AND f.uploader_id = $2 AND f.message_id IS NULL AND f.state <> 'removed'
    AND NOT f.is_avatar;

-- name: take_due
-- Whoever takes it has so long before another tries: a node that dies leaves it to the next.
UPDATE files.files f
SET tries = f.tries + 1, next_try_at = clock_timestamp() + $1::float8 * interval '1 second'
WHERE f.id = (
    SELECT d.id FROM files.files d
    WHERE d.state = 'quarantined' AND d.next_try_at <= clock_timestamp()
    ORDER BY d.next_try_at LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING f.*;

-- name: put_off
-- Later and later: a scanner that is away for a night is not asked each second.
UPDATE files.files f
SET reason = $2,
    next_try_at = clock_timestamp()
        + least($3::float8 * 2 ^ least(f.tries - 1, 20), $4::float8) * interval '1 second'
WHERE f.id = $1 AND f.state = 'quarantined';

-- name: settle
SELECT * FROM files.settle($1, $2::files.state, $3, $4, $5, $6);

-- name: expire
-- Nobody posted them, or their upload was cut off by the end of its server.
UPDATE files.files f SET state = 'removed', name = 'file', reason = NULL
WHERE f.purged_at IS NULL AND f.message_id IS NULL AND f.state NOT IN ('removed', 'refused')
    AND NOT f.is_avatar
    AND f.created_at < clock_timestamp() - interval '1 second' * (
        CASE f.state WHEN 'arriving' THEN $1::float8 ELSE $2::float8 END)
    AND (f.keep_until IS NULL OR f.keep_until < clock_timestamp());

-- name: to_purge
SELECT f.id, f.storage_key FROM files.files f
WHERE f.purged_at IS NULL AND f.state IN ('refused', 'removed')
ORDER BY f.created_at LIMIT $1;

-- name: purged
UPDATE files.files f SET purged_at = clock_timestamp() WHERE f.id = $1;
