-- The statements of causerie.notifications.

-- name: take_mentions
SELECT conversation_id, seq, user_id, audience::text AS audience, message_id, root_id, sender_id
FROM messages.take_mentions($1);

-- name: note_here
-- They were called, and count it among what is unread; who comes later was not.
SELECT messages.note_here($1, $2, $3);

-- name: take_replies
SELECT * FROM messages.take_replies($1);

-- name: thread_muted_by
SELECT messages.thread_muted_by($1, $2) AS id;

-- name: members
SELECT conversations.few_members($1, $2) AS id;

-- name: tell
-- Those who want to be told of this: a direct message unless less was asked for, a mention or an answer
-- in a thread unless nothing was, any other message where all was. What was asked for everywhere counts
-- where nothing was for the conversation; mentions everywhere are direct messages, too. Who has silenced
-- the conversation, or blocked who speaks, is not told; nor is of any other message who has read it, as
-- those have who were there before they asked for all.
INSERT INTO notifications.notices
    (user_id, kind, conversation_id, seq, message_id, actor_id, created_at, root_id)
SELECT u.id, $2, $3, $4, $5, $6, $7, $8
FROM unnest($1::bigint[]) AS u (id)
LEFT JOIN notifications.levels l ON l.user_id = u.id AND l.conversation_id = $3
LEFT JOIN receipts.notified($1) e ON e.user_id = u.id
WHERE u.id <> $6
    AND CASE $2
        WHEN 'mention' THEN coalesce(l.level, e.level, 'mentions') <> 'none'
        WHEN 'reply' THEN coalesce(l.level, e.level, 'mentions') <> 'none'
        WHEN 'direct' THEN coalesce(l.level, nullif(e.level, 'mentions'), 'all') = 'all'
        ELSE coalesce(l.level, e.level) = 'all'
            AND u.id NOT IN (SELECT conversations.read_by($3, $1, $4)) END
    AND (l.muted_until IS NULL OR l.muted_until <= $7)
    AND u.id NOT IN (SELECT conversations.blockers_of($6, $1))
ON CONFLICT (user_id, message_id) WHERE message_id IS NOT NULL DO NOTHING
RETURNING id, user_id;

-- name: tell_words
INSERT INTO notifications.notices (user_id, kind, words, created_at, key)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, key) WHERE key IS NOT NULL DO NOTHING
RETURNING id;

-- name: publish
INSERT INTO notifications.notices (user_id, kind, words, actor_id, created_at)
VALUES ($1, $2, $3, $4, $5)
RETURNING id;

-- name: since
SELECT * FROM notifications.notices
WHERE created_at > clock_timestamp() - make_interval(secs => $2)
    AND user_id = ANY ($1::bigint[]) AND read_at IS NULL
ORDER BY id;

-- name: devices_of
-- Where to push, and from when on: after quiet hours what is unread still comes.
SELECT s.id, s.user_id, s.endpoint,
    notifications.quiet_until(p.quiet_from, p.quiet_to, p.time_zone, $2) AS quiet_until
FROM notifications.subscriptions s
LEFT JOIN notifications.preferences p ON p.user_id = s.user_id
WHERE s.user_id = ANY ($1::bigint[]);

-- name: behind
SELECT p.id FROM unnest($1::bigint[], $2::bigint[]) AS p (id, seq)
LEFT JOIN notifications.cursors k ON k.conversation_id = p.id
WHERE p.seq > coalesce(k.seq, 0);

-- name: make_cursor
INSERT INTO notifications.cursors (conversation_id, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: take_cursor
SELECT seq FROM notifications.cursors WHERE conversation_id = $1 FOR UPDATE SKIP LOCKED;

-- name: move_cursor
UPDATE notifications.cursors SET seq = $2 WHERE conversation_id = $1;

-- name: rooms_followed
SELECT l.conversation_id FROM notifications.levels l WHERE l.level = 'all'
UNION
SELECT p.id
FROM receipts.notified_of_all() AS u (id) CROSS JOIN LATERAL conversations.positions_of(u.id) p
LEFT JOIN notifications.levels l ON l.user_id = u.id AND l.conversation_id = p.id
WHERE l.level IS NULL;

-- name: mark_read_upto
UPDATE notifications.notices n SET read_at = $4
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS r (user_id, conversation_id, seq)
WHERE n.user_id = r.user_id AND n.conversation_id = r.conversation_id AND n.seq <= r.seq
    AND n.read_at IS NULL;

-- name: mark_threads_read_upto
UPDATE notifications.notices n SET read_at = $4
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS r (user_id, root_id, seq)
WHERE n.user_id = r.user_id AND n.root_id = r.root_id AND n.seq <= r.seq AND n.read_at IS NULL;

-- name: list
-- By the reader's own rights.
SELECT * FROM notifications.notices
WHERE ($1::bigint IS NULL OR id < $1) AND (NOT $2 OR read_at IS NULL)
ORDER BY id DESC LIMIT $3;

-- name: unread
SELECT count(*) FROM (
    SELECT FROM notifications.notices WHERE user_id = $1 AND read_at IS NULL LIMIT 1000
) n;

-- name: mark_read
UPDATE notifications.notices SET read_at = $4
WHERE user_id = $1 AND read_at IS NULL
    AND ($2::bigint[] IS NULL OR id = ANY ($2)) AND ($3::bigint IS NULL OR id <= $3);

-- name: get_notice
SELECT * FROM notifications.notices WHERE id = $1;

-- name: level_of
SELECT level, muted_until FROM notifications.levels WHERE user_id = $1 AND conversation_id = $2;

-- name: set_level
INSERT INTO notifications.levels (user_id, conversation_id, level, muted_until)
VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, conversation_id) DO UPDATE
SET level = excluded.level, muted_until = excluded.muted_until;

-- name: is_time_zone
SELECT foundation.is_time_zone($1);

-- name: preferences_of
SELECT quiet_from, quiet_to, time_zone, digest FROM notifications.preferences WHERE user_id = $1;

-- name: set_preferences
INSERT INTO notifications.preferences (user_id, quiet_from, quiet_to, time_zone, digest)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id) DO UPDATE
SET quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
    time_zone = excluded.time_zone, digest = excluded.digest;

-- name: count_subscriptions
SELECT count(*) FROM notifications.subscriptions WHERE user_id = $1;

-- name: add_subscription
INSERT INTO notifications.subscriptions (user_id, endpoint, p256dh, auth, device, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (sha256(endpoint::bytea)) DO UPDATE
SET user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth,
    device = excluded.device
RETURNING id;

-- name: subscriptions_of
SELECT * FROM notifications.subscriptions WHERE user_id = $1 ORDER BY id;

-- name: get_subscription
SELECT * FROM notifications.subscriptions WHERE id = $1;

-- name: remove_subscription
DELETE FROM notifications.subscriptions WHERE id = $1 AND ($2::bigint IS NULL OR user_id = $2)
RETURNING id;

-- name: get_key
SELECT private FROM notifications.keys WHERE id = 1;

-- name: add_key
INSERT INTO notifications.keys (id, private) VALUES (1, $1) ON CONFLICT DO NOTHING;

-- name: forget
DELETE FROM notifications.notices WHERE created_at < $1;

-- name: due_digests
-- Who has left something unread for an hour, and was not written to within the last.
SELECT n.user_id FROM notifications.notices n
LEFT JOIN notifications.preferences p ON p.user_id = n.user_id
WHERE n.read_at IS NULL AND n.mailed_at IS NULL
    AND n.created_at BETWEEN $1::timestamptz - interval '2 days' AND $1::timestamptz - interval '1 hour'
    AND coalesce(p.digest, true)
    AND (p.digest_at IS NULL OR p.digest_at <= $1::timestamptz - interval '1 hour')
    AND notifications.quiet_until(p.quiet_from, p.quiet_to, p.time_zone, $1) IS NULL
GROUP BY n.user_id
LIMIT 1000;

-- name: take_digest
-- Once an hour at most, whoever asks; says no where somebody has just written.
INSERT INTO notifications.preferences AS p (user_id, unsubscribe, digest_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET unsubscribe = excluded.unsubscribe, digest_at = excluded.digest_at
WHERE p.digest AND (p.digest_at IS NULL OR p.digest_at <= excluded.digest_at - interval '1 hour')
RETURNING true;

-- name: take_for_digest
UPDATE notifications.notices SET mailed_at = $2
WHERE user_id = $1 AND read_at IS NULL AND mailed_at IS NULL
RETURNING id, kind, conversation_id, actor_id;

-- name: unsubscribe
UPDATE notifications.preferences SET digest = false WHERE unsubscribe = $1 RETURNING user_id;
