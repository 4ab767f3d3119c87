-- name: write_batch
-- One call is one transaction: see the function in 0002_writers.sql. In the order of the drafts,
-- in which their senders are answered.
SELECT ord, outcome, id, seq, created_at
FROM messages.write_batch($1, $2, $3, $4, $5, $6, $7, $8)
ORDER BY ord;

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
    mentions = NULL, reactions = NULL, pinned_at = NULL, pinned_by = NULL
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
