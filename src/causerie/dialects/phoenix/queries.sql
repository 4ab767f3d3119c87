-- What Phoenix Channels keep.

-- name: delivered
SELECT conversation_id, seq FROM phoenix.delivered
WHERE user_id = $1 AND conversation_id = ANY ($2::bigint[]);

-- name: note_delivered
-- Never back: another of the user's devices may have been given more meanwhile.
INSERT INTO phoenix.delivered AS d (user_id, conversation_id, seq)
SELECT $1, n.id, n.seq FROM unnest($2::bigint[], $3::bigint[]) AS n (id, seq)
ON CONFLICT (user_id, conversation_id) DO UPDATE SET seq = greatest(d.seq, excluded.seq);

-- name: told
SELECT notice_id FROM phoenix.told WHERE user_id = $1;

-- name: note_told
INSERT INTO phoenix.told AS t (user_id, notice_id) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET notice_id = greatest(t.notice_id, excluded.notice_id);
