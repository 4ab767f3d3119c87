-- The statements of causerie.audit.

-- name: record
SELECT audit.record($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6, $7);

-- name: raise_events
SELECT audit.raise_events($1, $2, $3, $4, $5, $6);

-- name: entries
SELECT id, created_at, user_id, actor, action, table_name, target, address,
    severity::text AS severity, before::text AS before, after::text AS after,
    encode(hash, 'hex') AS hash
FROM audit.audit_logs
WHERE id < $2
    AND ($3::bigint IS NULL OR user_id = $3)
    AND ($4::text IS NULL OR action = $4)
    AND ($5::text IS NULL OR target = $5)
    AND ($6::text IS NULL OR severity = $6::audit.severity)
    AND ($7::timestamptz IS NULL OR created_at >= $7)
    AND ($8::timestamptz IS NULL OR created_at < $8)
ORDER BY id DESC
LIMIT $1;

-- name: events
SELECT id, created_at, kind, severity::text AS severity, user_id, address,
    details::text AS details, encode(hash, 'hex') AS hash
FROM audit.security_events
WHERE id < $2
    AND ($3::bigint IS NULL OR user_id = $3)
    AND ($4::text IS NULL OR kind = $4)
    AND ($5::text IS NULL OR address = $5)
    AND ($6::text IS NULL OR severity = $6::audit.severity)
    AND ($7::timestamptz IS NULL OR created_at >= $7)
    AND ($8::timestamptz IS NULL OR created_at < $8)
ORDER BY id DESC
LIMIT $1;

-- name: entries_after
SELECT id, created_at, user_id, actor, action, table_name, target, address,
    severity::text AS severity, before::text AS before, after::text AS after,
    encode(hash, 'hex') AS hash
FROM audit.audit_logs
WHERE id > $1
ORDER BY id
LIMIT $2;

-- name: events_after
SELECT id, created_at, kind, severity::text AS severity, user_id, address,
    details::text AS details, encode(hash, 'hex') AS hash
FROM audit.security_events
WHERE id > $1
ORDER BY id
LIMIT $2;

-- name: links_of_audit_logs
-- The columns as they stand, written out here and not asked of a function of the database: who
-- changed the one could change the other.
SELECT id, previous, hash, ARRAY[
    id::text, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    user_id::text, actor, action, table_name, target, address, severity::text, before::text,
    after::text] AS parts
FROM audit.audit_logs
WHERE id > $1 AND id <= $2
ORDER BY id
LIMIT $3;

-- name: links_of_security_events
SELECT id, previous, hash, ARRAY[
    id::text, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    kind, severity::text, user_id::text, address, details::text] AS parts
FROM audit.security_events
WHERE id > $1 AND id <= $2
ORDER BY id
LIMIT $3;

-- name: newest_of_audit_logs
SELECT coalesce(max(id), 0) FROM audit.audit_logs;

-- name: newest_of_security_events
SELECT coalesce(max(id), 0) FROM audit.security_events;

-- name: checkpoints
SELECT chain, first_id, last_id, hashes, made_at, signature
FROM audit.checkpoints
WHERE chain = $1
ORDER BY first_id;

-- name: newest_checkpoint
SELECT chain, first_id, last_id, hashes, made_at, signature
FROM audit.checkpoints
WHERE chain = $1
ORDER BY last_id DESC
LIMIT 1;

-- name: add_checkpoint
INSERT INTO audit.checkpoints (chain, first_id, last_id, hashes, made_at, signature)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: newest_archive
SELECT chain, last_id, hash, made_at, file_hash, signature
FROM audit.archives
WHERE chain = $1
ORDER BY last_id DESC
LIMIT 1;

-- name: archives
SELECT chain, last_id, hash, made_at, file_hash, signature
FROM audit.archives
WHERE chain = $1
ORDER BY last_id;

-- name: last_before_of_audit_logs
-- Everything up to it is older; what was stored out of time stays with what follows it.
SELECT coalesce(
    (SELECT min(id) - 1 FROM audit.audit_logs WHERE created_at >= $1),
    (SELECT max(id) FROM audit.audit_logs), 0);

-- name: last_before_of_security_events
SELECT coalesce(
    (SELECT min(id) - 1 FROM audit.security_events WHERE created_at >= $1),
    (SELECT max(id) FROM audit.security_events), 0);

-- name: add_archive
INSERT INTO audit.archives (chain, last_id, hash, made_at, file_hash, signature)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: remove_of_audit_logs
DELETE FROM audit.audit_logs WHERE id <= $1 RETURNING true;

-- name: remove_of_security_events
DELETE FROM audit.security_events WHERE id <= $1 RETURNING true;
