-- The statements of causerie.webhooks.

-- name: add_endpoint
INSERT INTO webhooks.endpoints
    (conversation_id, place, url, kinds, description, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id;

-- name: set_secret
UPDATE webhooks.endpoints SET old_secret = secret, old_secret_until = $3, secret = $2
WHERE id = $1;

-- name: get_endpoint
SELECT * FROM webhooks.endpoints WHERE id = $1;

-- name: lock_endpoint
SELECT * FROM webhooks.endpoints WHERE id = $1 FOR UPDATE;

-- name: endpoints
SELECT * FROM webhooks.endpoints
WHERE CASE WHEN $1::bigint IS NULL THEN conversation_id IS NULL OR $2 ELSE conversation_id = $1 END
ORDER BY id;

-- name: count_endpoints
SELECT count(*) FROM webhooks.endpoints WHERE conversation_id IS NOT DISTINCT FROM $1::bigint;

-- name: update_endpoint
UPDATE webhooks.endpoints
SET url = $2, kinds = $3, description = $4, is_enabled = $5, failing_since = NULL,
    disabled_at = CASE WHEN $5 THEN NULL ELSE coalesce(disabled_at, $6) END,
    disabled_reason = CASE WHEN $5 THEN NULL ELSE coalesce(disabled_reason, 'by hand') END
WHERE id = $1;

-- name: remove_endpoint
DELETE FROM webhooks.endpoints WHERE id = $1;

-- name: wanted
-- What is wanted at all, for a look without the tables.
SELECT DISTINCT conversation_id FROM webhooks.endpoints WHERE is_enabled;

-- name: begin_cursors
-- Where there is one, an endpoint has been listening, and what it has not heard yet stays.
INSERT INTO webhooks.cursors (conversation_id, seq, rev)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
ON CONFLICT DO NOTHING;

-- name: prune_cursors
-- What nobody listens to: left there it would be told from there on when somebody does again.
DELETE FROM webhooks.cursors k
WHERE NOT EXISTS (
    SELECT FROM webhooks.endpoints e
    WHERE e.is_enabled AND (e.conversation_id IS NULL OR e.conversation_id = k.conversation_id)
);

-- name: hold_wants
-- Who begins or ends listening waits for another who does: cursors and endpoints go together.
SELECT pg_advisory_xact_lock(hashtext('causerie.webhooks'));

-- name: behind
-- Of these positions, the conversations that have moved on since.
SELECT p.id FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS p (id, seq, rev)
LEFT JOIN webhooks.cursors k ON k.conversation_id = p.id
WHERE p.seq > coalesce(k.seq, 0) OR p.rev > coalesce(k.rev, 0);

-- name: make_cursor
INSERT INTO webhooks.cursors (conversation_id, seq, rev) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING;

-- name: take_cursor
-- Another node's is left to it.
SELECT seq, rev FROM webhooks.cursors WHERE conversation_id = $1 FOR UPDATE SKIP LOCKED;

-- name: move_cursor
UPDATE webhooks.cursors SET seq = $2, rev = $3 WHERE conversation_id = $1;

-- name: listening
SELECT id, kinds, conversation_id IS NULL AS hears_all FROM webhooks.endpoints
WHERE is_enabled AND (conversation_id = $1 OR conversation_id IS NULL AND $2);

-- name: add_deliveries
INSERT INTO webhooks.deliveries (endpoint_id, kind, conversation_id, seq, rev, created_at)
SELECT n.endpoint_id, n.kind, $3, n.seq, n.rev, $6
FROM unnest($1::bigint[], $2::text[], $4::bigint[], $5::bigint[])
    AS n (endpoint_id, kind, seq, rev)
RETURNING id, endpoint_id;

-- name: get_delivery
SELECT * FROM webhooks.deliveries WHERE id = $1;

-- name: deliveries
SELECT * FROM webhooks.deliveries
WHERE endpoint_id = $1 AND ($2::bigint IS NULL OR id < $2) AND ($3::text IS NULL OR status = $3)
ORDER BY id DESC LIMIT $4;

-- name: note_delivery
UPDATE webhooks.deliveries
SET status = $2, attempts = attempts + $7, last_at = $3, last_status = $4, last_error = $5,
    took_ms = $6
WHERE id = $1;

-- name: bury_delivery
UPDATE webhooks.deliveries SET status = 'dead', last_error = coalesce(last_error, $2) WHERE id = $1;

-- name: note_success
UPDATE webhooks.endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL;

-- name: note_failure
-- Says since when it has been failing without one success in between.
UPDATE webhooks.endpoints SET failing_since = coalesce(failing_since, $2)
WHERE id = $1 AND is_enabled
RETURNING failing_since;

-- name: switch_off
UPDATE webhooks.endpoints SET is_enabled = false, disabled_at = $2, disabled_reason = $3
WHERE id = $1 AND is_enabled
RETURNING created_by, url, place;

-- name: replay
UPDATE webhooks.deliveries SET status = 'waiting', last_error = NULL
WHERE id IN (
    SELECT d.id FROM webhooks.deliveries d
    WHERE d.endpoint_id = $1 AND d.status <> 'waiting'
        AND ($2::bigint IS NULL OR d.id = $2)
        AND ($3::text IS NULL OR d.status = $3)
        AND ($4::timestamptz IS NULL OR d.created_at >= $4)
        AND ($5::timestamptz IS NULL OR d.created_at < $5)
    ORDER BY d.id LIMIT $6
    FOR UPDATE
)
RETURNING id;

-- name: forget_deliveries
DELETE FROM webhooks.deliveries WHERE created_at < $1 AND status <> 'waiting';

-- name: add_incoming
INSERT INTO webhooks.incoming
    (conversation_id, place, user_id, name, token_hash, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id;

-- name: set_token
UPDATE webhooks.incoming SET token = $2 WHERE id = $1;

-- name: get_incoming
SELECT * FROM webhooks.incoming WHERE id = $1;

-- name: incoming
SELECT * FROM webhooks.incoming WHERE conversation_id = $1 AND revoked_at IS NULL ORDER BY id;

-- name: count_incoming
SELECT count(*) FROM webhooks.incoming WHERE conversation_id = $1 AND revoked_at IS NULL;

-- name: find_incoming
SELECT * FROM webhooks.incoming WHERE token_hash = $1 AND revoked_at IS NULL;

-- name: note_incoming
-- Not for each of them: a minute is as good.
UPDATE webhooks.incoming SET last_used_at = $2::timestamptz
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute');

-- name: revoke_incoming
UPDATE webhooks.incoming SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1;
