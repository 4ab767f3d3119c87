-- What presence asks of its table.

-- name: choose
-- Others go on to see of one who becomes invisible when they were last there, and nothing after it.
INSERT INTO presence.people AS p (user_id, chosen, choices, last_active_at, chosen_at)
VALUES ($1, $2, 1, $3, clock_timestamp())
ON CONFLICT (user_id) DO UPDATE
SET chosen = excluded.chosen,
    choices = p.choices + 1,
    chosen_at = clock_timestamp(),
    last_active_at = CASE
        WHEN excluded.chosen = 'invisible' AND p.chosen <> 'invisible'
        THEN greatest(p.last_active_at, excluded.last_active_at)
        ELSE p.last_active_at END
RETURNING choices;

-- name: set_discreet
-- What one reads while invisible would tell that one is there.
SELECT conversations.set_discreet($1, 'invisible', $2);

-- name: choices_of
SELECT user_id, chosen, choices FROM presence.people
WHERE user_id = ANY ($1::bigint[]) AND choices > 0;

-- name: choosers_since
SELECT user_id FROM presence.people
WHERE user_id = ANY ($1::bigint[]) AND chosen_at > clock_timestamp() - make_interval(secs => $2);

-- name: note_active
INSERT INTO presence.people AS p (user_id, last_active_at)
SELECT n.user_id, n.at FROM unnest($1::bigint[], $2::timestamptz[]) AS n (user_id, at)
ON CONFLICT (user_id) DO UPDATE
SET last_active_at = greatest(p.last_active_at, excluded.last_active_at)
WHERE p.chosen <> 'invisible';

-- name: last_active
SELECT user_id, last_active_at FROM presence.people
WHERE user_id = ANY ($1::bigint[]) AND last_active_at IS NOT NULL;

-- name: kind_of
SELECT conversations.kind_of($1);

-- name: share
SELECT conversations.share_one($1, $2);
