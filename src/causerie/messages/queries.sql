-- name: write_batch
-- One call is one transaction: see the function in 0013_files.sql. In the order of the drafts,
-- in which their senders are answered.
SELECT ord, outcome, id, seq, created_at, NULL AS around
FROM messages.write_batch($1, $2, $3, $4, $5, $6, $7, $8)
ORDER BY ord;

-- name: write_batch_in_full
-- The same where somebody is answered or called, or there are files; around is NULL for those who do neither.
SELECT ord, outcome, id, seq, created_at,
    CASE WHEN parent_id IS NOT NULL OR mentions IS NOT NULL OR audience IS NOT NULL
              OR files IS NOT NULL
         THEN ROW (parent_id, mentions, audience::text,
                   rev, reply_count, last_reply_at, after_seq, files) END AS around
FROM messages.write_batch_in_full($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ORDER BY ord;

-- name: threads_now
SELECT root_id, conversation_id, conversations.kind_of(conversation_id) AS kind,
    rev, reply_count, last_reply_at, after_seq
FROM messages.threads_now($1);

-- name: settle_plans
-- For the writer's own connection. Its statements find rows by their keys, always: planning them
-- anew took a fifth of a small batch's time, and a plan from a nearly empty table must not stay.
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;

-- name: forget_writers
-- Of processes that have ended: nobody repeats a batch of weeks ago.
DELETE FROM messages.writers WHERE written_at < now() - interval '30 days';

-- name: probe
-- Writes and forgets: whether there is room on the disk again. A WAL record, but no table grows.
SELECT pg_logical_emit_message(true, 'causerie.probe', 'room?');

-- name: page_before
-- As a reader. The newest first, so that the limit takes those next to the bound.
SELECT k.kind, m.*
FROM conversations.kind_of($1) AS k (kind),
    LATERAL (
        SELECT * FROM messages.messages
        WHERE conversation_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3
    ) m
ORDER BY m.seq DESC;

-- name: page_after
-- As a reader.
SELECT k.kind, m.*
FROM conversations.kind_of($1) AS k (kind),
    LATERAL (
        SELECT * FROM messages.messages
        WHERE conversation_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
    ) m
ORDER BY m.seq;

-- name: thread_page_before
-- As a reader; the answers in a thread, without the message that it begins with.
SELECT k.kind, m.*
FROM conversations.kind_of($1) AS k (kind),
    LATERAL (
        SELECT t.* FROM messages.replies r
        JOIN messages.messages t USING (conversation_id, seq)
        WHERE r.conversation_id = $1 AND r.root_id = $4 AND r.seq < $2
        ORDER BY r.seq DESC LIMIT $3
    ) m
ORDER BY m.seq DESC;

-- name: thread_page_after
-- As a reader.
SELECT k.kind, m.*
FROM conversations.kind_of($1) AS k (kind),
    LATERAL (
        SELECT t.* FROM messages.replies r
        JOIN messages.messages t USING (conversation_id, seq)
        WHERE r.conversation_id = $1 AND r.root_id = $4 AND r.seq > $2
        ORDER BY r.seq LIMIT $3
    ) m
ORDER BY m.seq;

-- name: page_between
-- For a topic's readers, whoever they are: by the service's rights.
SELECT k.kind, m.*
FROM conversations.kind_of($1) AS k (kind),
    LATERAL (
        SELECT * FROM messages.messages
        WHERE conversation_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4
    ) m
ORDER BY m.seq;

-- name: by_ids
SELECT conversations.kind_of(m.conversation_id) AS kind, m.*
FROM messages.locator l
JOIN messages.messages m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
WHERE l.id = ANY ($1::bigint[]);

-- name: own_reactions
-- What each viewer reacted with to the message beside it.
SELECT i.ord, r.emoji
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
    AS i (conversation_id, seq, user_id, ord)
JOIN messages.reactions r USING (conversation_id, seq, user_id);

-- name: find
SELECT p.kind, p.role, p.is_archived, m.*
FROM messages.locator l
JOIN messages.messages m ON m.conversation_id = l.conversation_id AND m.seq = l.seq,
    LATERAL conversations.place_of(l.conversation_id, $2) p
WHERE l.id = $1;

-- name: hold_standing
-- First of all: see the function in accounts.
SELECT accounts.hold_standing($1);

-- name: take_rev
-- The conversation's row is locked before the message's, as everywhere.
SELECT rev, last_seq FROM conversations.take_rev($1, $2, $3, $4);

-- name: place_of
SELECT kind, role, is_archived FROM conversations.place_of($1, $2);

-- name: says
-- Of a tombstone it is not asked: what is sent is never empty.
SELECT content = $3 FROM messages.messages WHERE conversation_id = $1 AND seq = $2;

-- name: edit
WITH old AS (
    SELECT content, date_trunc('milliseconds', clock_timestamp()) AS at
    FROM messages.messages
    WHERE conversation_id = $1 AND seq = $2 AND deleted_at IS NULL
    FOR UPDATE
), kept AS (
    INSERT INTO messages.edits (message_id, rev, content, editor_id, edited_at)
    SELECT $3, $4, old.content, $5, old.at FROM old
)
UPDATE messages.messages m SET content = $6, edited_at = old.at
FROM old WHERE m.conversation_id = $1 AND m.seq = $2
RETURNING m.*;

-- name: delete
-- What it said is kept beside the edits, for those who must look into a case.
WITH old AS (
    SELECT content, date_trunc('milliseconds', clock_timestamp()) AS at
    FROM messages.messages
    WHERE conversation_id = $1 AND seq = $2 AND deleted_at IS NULL
    FOR UPDATE
), kept AS (
    INSERT INTO messages.edits (message_id, rev, content, editor_id, edited_at)
    SELECT $3, $4, old.content, $5, old.at FROM old
)
UPDATE messages.messages m
SET content = '', deleted_at = old.at,
    mentions = NULL, audience = NULL, reactions = NULL, pinned_at = NULL, pinned_by = NULL
FROM old WHERE m.conversation_id = $1 AND m.seq = $2
RETURNING m.*;

-- name: react
-- One call is one transaction where there is no key: see the function in 0005_reactions.sql.
SELECT outcome, conversation_id, kind, count, rev, last_seq
FROM messages.react($1, $2, $3, $4, $5);

-- name: pin
SELECT outcome, conversation_id, kind, rev, last_seq FROM messages.pin($1, $2, $3, $4, $5);

-- name: reactors
-- As a reader. By the key of the table, so that a page costs what it shows.
SELECT r.user_id, array_agg(r.emoji ORDER BY r.created_at, r.emoji) AS emojis
FROM messages.reactions r
WHERE r.conversation_id = $1 AND r.seq = $2 AND r.user_id > $4
    AND ($3::text IS NULL OR r.emoji = $3)
GROUP BY r.user_id ORDER BY r.user_id LIMIT $5;

-- name: emoji_totals
-- As a reader. There are at most as many rows as there are emoji in use.
SELECT t.emoji, t.count FROM messages.emoji_totals t
WHERE t.conversation_id = $1 AND t.count > 0
ORDER BY t.count DESC, t.emoji LIMIT $2;

-- name: pins
-- As a reader.
SELECT k.kind, m.*
FROM conversations.kind_of($1) AS k (kind),
    LATERAL (
        SELECT * FROM messages.messages
        WHERE conversation_id = $1 AND pinned_at IS NOT NULL
        ORDER BY pinned_at DESC, seq DESC LIMIT $2
    ) m
ORDER BY m.pinned_at DESC, m.seq DESC;

-- name: emojis_of
SELECT c.rev, c.emoji FROM messages.reaction_changes c
WHERE c.conversation_id = $1 AND c.rev = ANY ($2::bigint[]);

-- name: number_thread
-- A thread_updated, behind what caused it: see the function in 0008_threads.sql.
SELECT messages.number_thread($1, $2, $3);

-- name: mentions_off
-- For the rest of the session.
SET causerie.mentions = 'off';

-- name: mentions_off_here
-- For the rest of the transaction.
SET LOCAL causerie.mentions = 'off';

-- name: threads_before
-- As a reader: threads of a conversation, the one that was answered last first, by its last answer.
SELECT k.kind, t.last_seq, a.attention, m.*
FROM conversations.kind_of($1) AS k (kind),
    LATERAL (
        SELECT * FROM messages.threads
        WHERE conversation_id = $1 AND last_seq > 0 AND last_seq < $2
            AND (NOT $4 OR EXISTS (
                SELECT FROM messages.thread_members f
                WHERE f.conversation_id = $1 AND f.root_id = threads.root_id AND f.user_id = $5
                    AND f.attention = 'following'))
        ORDER BY last_seq DESC LIMIT $3
    ) t
JOIN messages.messages m ON m.conversation_id = t.conversation_id AND m.seq = t.root_seq
LEFT JOIN messages.thread_members a
    ON a.conversation_id = t.conversation_id AND a.root_id = t.root_id AND a.user_id = $5
ORDER BY t.last_seq DESC;

-- name: attend
-- What a user wants of a thread, whether or not anybody has answered in it yet.
INSERT INTO messages.thread_members AS t (conversation_id, root_id, user_id, attention, moved_at)
VALUES ($1, $2, $3, $4::text::messages.attention, clock_timestamp())
ON CONFLICT (conversation_id, root_id, user_id)
DO UPDATE SET attention = excluded.attention, moved_at = excluded.moved_at;

-- name: threads_since
-- What these read or chose of threads in the last so many seconds.
SELECT t.user_id, t.conversation_id, t.root_id, t.attention, t.read_seq,
    conversations.kind_of(t.conversation_id) AS kind,
    messages.unread_in_thread(t.user_id, t.conversation_id, t.root_id, t.read_seq) AS unread
FROM messages.thread_members t
WHERE t.user_id = ANY ($1::bigint[]) AND t.moved_at > clock_timestamp() - make_interval(secs => $2);

-- name: thread_of
-- One thread as a user has it; last_seq is 0 where nobody has answered.
SELECT conversations.kind_of(m.conversation_id) AS kind, coalesce(t.last_seq, 0) AS last_seq,
    a.attention, m.*
FROM messages.locator l
JOIN messages.messages m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
LEFT JOIN messages.threads t ON t.conversation_id = l.conversation_id AND t.root_id = l.id
LEFT JOIN messages.thread_members a
    ON a.conversation_id = l.conversation_id AND a.root_id = l.id AND a.user_id = $2
WHERE l.id = $1;

-- name: root_of
SELECT coalesce(m.parent_id, m.id)
FROM messages.locator l
JOIN messages.messages m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
WHERE l.id = $2 AND l.conversation_id = $1;

-- name: edits_of
-- What a message said before each edit, and before its deletion; from the first on.
SELECT e.rev, e.content, e.editor_id, e.edited_at
FROM messages.edits e
WHERE e.message_id = $1 AND e.rev > $2
ORDER BY e.rev LIMIT $3;

-- name: hold_schedule
SELECT pg_advisory_xact_lock(hashtextextended(format('causerie.schedule.%s', $1::bigint), 0));

-- name: count_scheduled
-- Those that were refused wait for their sender to look at them.
SELECT count(*) FROM messages.outgoing
WHERE sender_id = $1 AND is_scheduled AND state IN ('waiting', 'refused');

-- name: schedule
INSERT INTO messages.outgoing
    (key, conversation_id, kind, sender_id, is_scheduled, message_type, content, parent_id, due_at,
        file_ids)
VALUES (format('scheduled.%s', gen_random_uuid()), $1, $2, $3, true, $4, $5, $6, $7, $8)
RETURNING id;

-- name: keep_files
SELECT files.keep($1, $2, $3);

-- name: hold_scheduled
SELECT id FROM messages.outgoing
WHERE id = $1 AND sender_id = $2 AND is_scheduled FOR UPDATE;

-- name: is_due
SELECT due_at <= clock_timestamp() FROM messages.outgoing WHERE id = $1;

-- name: change_scheduled
UPDATE messages.outgoing SET content = coalesce($2, content), due_at = coalesce($3, due_at)
WHERE id = $1;

-- name: cancel_scheduled
UPDATE messages.outgoing SET state = 'cancelled', content = '', code = NULL, reason = NULL
WHERE id = $1;

-- name: get_scheduled
SELECT * FROM messages.outgoing WHERE id = $1;

-- name: find_scheduled
-- As a reader.
SELECT * FROM messages.outgoing WHERE id = $1 AND sender_id = $2 AND is_scheduled;

-- name: list_scheduled
-- As a reader. All of them: there are no more than may be made.
SELECT o.* FROM messages.outgoing o
WHERE o.sender_id = $1 AND o.is_scheduled AND o.state IN ('waiting', 'refused')
    AND ($2::bigint IS NULL OR o.conversation_id = $2)
ORDER BY o.due_at, o.id;

-- name: scheduled_since
-- What was made, changed or settled of these people's in the last so many seconds.
SELECT o.* FROM messages.outgoing o
WHERE o.is_scheduled AND o.sender_id = ANY ($1::bigint[])
    AND o.changed_at > clock_timestamp() - make_interval(secs => $2);

-- name: take_due
-- Another process that sends has some of them: those are left to it.
SELECT o.* FROM messages.outgoing o
WHERE o.state = 'waiting' AND o.due_at <= clock_timestamp()
ORDER BY o.due_at, o.id LIMIT $1 FOR UPDATE SKIP LOCKED;

-- name: next_due
SELECT extract(epoch FROM min(due_at) - clock_timestamp()) FROM messages.outgoing
WHERE state = 'waiting';

-- name: settle_sent
UPDATE messages.outgoing SET state = 'sent', content = '', message_id = $2 WHERE id = $1;

-- name: settle_refused
UPDATE messages.outgoing SET state = 'refused', code = $2, reason = $3 WHERE id = $1;

-- name: tallies
SELECT * FROM messages.tallies($1, $2, $3, $4) ORDER BY conversation_id, root_id;

-- name: recount
SELECT * FROM messages.recount($1, $2, $3, $4);

-- name: read_thread
SELECT * FROM messages.read_thread($1, $2, $3);

-- name: record
-- Who and from where is what the transaction was told by name_caller.
SELECT audit.record($1, $2, 'info', NULL, $3::text::jsonb);
