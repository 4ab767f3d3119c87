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
