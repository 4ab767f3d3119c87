-- The statements about the index of words; what they call is in migrations.

-- name: behind
SELECT p.id
FROM conversations.positions() p
LEFT JOIN messages.indexed i ON i.conversation_id = p.id
WHERE p.last_seq > coalesce(i.seq, 0)
ORDER BY p.id
LIMIT $1;

-- name: index_some
SELECT indexed, unfinished FROM messages.index_some($1, $2);

-- name: find
-- As a reader: the function sees all and answers for the actor alone; what it names is read by the
-- actor's own rights once more.
WITH hits AS MATERIALIZED (
    SELECT m.*, f.score
    FROM messages.find($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) f
    JOIN messages.messages m USING (conversation_id, seq)
    WHERE m.deleted_at IS NULL
)
SELECT p.kind, h.*
FROM hits h
-- Once for all: as a reader each question about a conversation asks for all that are the reader's.
JOIN conversations.seen_by(
    foundation.actor(), ARRAY(SELECT DISTINCT conversation_id FROM hits)
) p ON p.id = h.conversation_id
ORDER BY h.score DESC, h.created_at DESC, h.id DESC;

-- name: words_found
SELECT messages.words_found($1, $2);

-- name: places_of
-- As a reader.
SELECT id FROM conversations.places_of($1, $2, $3) AS p (id);
