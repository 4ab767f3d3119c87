-- What conversations ask of their tables.

-- name: seen_by
SELECT * FROM conversations.seen_by($1, $2) ORDER BY id;

-- name: find_view
-- As a reader. What readers ask has texts of its own: a prepared statement that changed its role
-- would be planned anew each time.
SELECT * FROM conversations.seen_by($1, ARRAY[$2::bigint]);

-- name: own_views
-- As a reader.
SELECT * FROM conversations.seen_by($1, ARRAY(
    SELECT m.conversation_id FROM conversations.members m WHERE m.user_id = $1
)) ORDER BY id;

-- name: views_of
-- One statement, so that all of it is from one moment.
SELECT * FROM conversations.seen_by($1, ARRAY(
    SELECT m.conversation_id FROM conversations.members m WHERE m.user_id = $1
)) ORDER BY id;

-- name: arrivals
-- Of many users: who they are, their conversations, and the last seq of each.
SELECT p.*, s.ids, s.seqs
FROM accounts.people_of($1) p
CROSS JOIN LATERAL (
    SELECT array_agg(c.id) AS ids, array_agg(c.last_seq) AS seqs
    FROM conversations.members m
    JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE m.user_id = p.id
) s;

-- name: named_views
-- Of many pairs of a user and a conversation, those of members, as that user sees it. One statement,
-- so that all that a user is told is from one moment.
WITH seen AS MATERIALIZED (
    SELECT c.*, m.user_id AS viewer, m.role, m.read_seq,
        CASE m.user_id WHEN c.low_user_id THEN c.high_user_id
                       WHEN c.high_user_id THEN c.low_user_id END AS peer_id
    FROM unnest($1::bigint[], $2::bigint[]) AS q (user_id, id)
    JOIN conversations.members m ON m.conversation_id = q.id AND m.user_id = q.user_id
    JOIN conversations.conversations c ON c.id = q.id
)
SELECT s.viewer, s.id, s.kind, s.name, s.visibility, s.topic, s.last_seq, s.rev, s.read_seq,
    s.member_count, s.created_at, s.role, s.archived_at IS NOT NULL AS archived,
    p.id AS peer_id, p.username AS peer_username, p.display_name AS peer_display_name,
    p.role AS peer_role, p.created_at AS peer_created_at,
    p.profile AS peer_profile
FROM seen s
LEFT JOIN accounts.people_of(
    ARRAY(SELECT d.peer_id FROM seen d WHERE d.peer_id IS NOT NULL)) p ON p.id = s.peer_id
ORDER BY s.id;

-- name: lock_and_see
SELECT * FROM conversations.lock_and_see($1, $2);

-- name: find_room
SELECT id FROM conversations.conversations WHERE lower(name COLLATE "C") = lower($1::text COLLATE "C");

-- name: search_rooms
-- As a reader.
-- strpos and not LIKE: an underscore is part of names.
WITH found AS MATERIALIZED (
    SELECT c.id, strpos(lower(c.name COLLATE "C"), lower($1::text COLLATE "C")) AS place, c.name
    FROM conversations.conversations c
    WHERE c.visibility = 'public' AND c.archived_at IS NULL
        AND strpos(lower(c.name COLLATE "C"), lower($1::text COLLATE "C")) > 0
    ORDER BY place, char_length(c.name), lower(c.name COLLATE "C")
    LIMIT $3
)
SELECT v.* FROM conversations.seen_by($2, ARRAY(SELECT f.id FROM found f)) v
JOIN found f ON f.id = v.id
ORDER BY f.place, char_length(v.name), lower(v.name COLLATE "C");

-- name: find_membership
SELECT c.kind, m.role, c.archived_at IS NOT NULL AS archived
FROM conversations.members m
JOIN conversations.conversations c ON c.id = m.conversation_id
WHERE m.conversation_id = $1 AND m.user_id = $2;

-- name: positions_of_members
-- Of many pairs of a user and a conversation, those of members.
SELECT m.user_id, c.id, c.kind, c.last_seq, c.rev
FROM unnest($1::bigint[], $2::bigint[]) AS q (user_id, id)
JOIN conversations.members m ON m.conversation_id = q.id AND m.user_id = q.user_id
JOIN conversations.conversations c ON c.id = q.id;

-- name: members
-- As a reader.
WITH page AS MATERIALIZED (
    SELECT m.user_id, m.role, m.joined_at
    FROM conversations.members m
    WHERE m.conversation_id = $1 AND m.user_id > $2::bigint
    ORDER BY m.user_id
    LIMIT $3
)
SELECT p.*, m.role AS member_role, m.joined_at
FROM page m
JOIN accounts.people_of(ARRAY(SELECT user_id FROM page)) p ON p.id = m.user_id
ORDER BY m.user_id;

-- name: members_for_a_manager
-- For who may manage conversations that they are not in.
WITH page AS MATERIALIZED (
    SELECT m.user_id, m.role, m.joined_at
    FROM conversations.members m
    WHERE m.conversation_id = $1 AND m.user_id > $2::bigint
    ORDER BY m.user_id
    LIMIT $3
)
SELECT p.*, m.role AS member_role, m.joined_at
FROM page m
JOIN accounts.people_of(ARRAY(SELECT user_id FROM page)) p ON p.id = m.user_id
ORDER BY m.user_id;

-- name: people
SELECT * FROM accounts.people_of($1) ORDER BY id;

-- name: changes_since
SELECT rev, kind, subject, actor_id
FROM conversations.changes
WHERE conversation_id = $1 AND rev > $2 AND rev <= $3
ORDER BY rev
LIMIT $4;

-- name: count_of_user
-- Counts no further than to the limit.
SELECT count(*) FROM (
    SELECT FROM conversations.members WHERE user_id = $1 LIMIT $2
) AS counted;

-- name: insert_room
INSERT INTO conversations.conversations (kind, name, visibility, topic, creator_id)
VALUES ('room', $2, $3, $4, $1)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: insert_direct
INSERT INTO conversations.conversations
    (kind, visibility, creator_id, low_user_id, high_user_id)
VALUES ('direct', 'private', $1, least($1, $2::bigint), greatest($1, $2::bigint))
ON CONFLICT DO NOTHING
RETURNING id;

-- name: get_direct
SELECT id FROM conversations.conversations
WHERE low_user_id = least($1::bigint, $2::bigint) AND high_user_id = greatest($1::bigint, $2::bigint);

-- name: seat
INSERT INTO conversations.members (conversation_id, user_id, role)
SELECT $1, u.id, $3 FROM unnest($2::bigint[]) AS u (id) ORDER BY u.id;

-- name: admit
SELECT a.rev AS entered_as, p.*
FROM conversations.admit($1, $2, $3, $4) a
JOIN accounts.people_of($2) p ON p.id = a.user_id
ORDER BY a.rev;

-- name: expel
DELETE FROM conversations.members WHERE conversation_id = $1 AND user_id = $2;

-- name: take_rev
SELECT rev FROM conversations.take_rev($1, $2, $3, $4);

-- name: find_member
SELECT p.*, m.role AS member_role, m.joined_at
FROM conversations.members m
JOIN accounts.people_of(ARRAY[$2::bigint]) p ON p.id = m.user_id
WHERE m.conversation_id = $1 AND m.user_id = $2;

-- name: was_member
SELECT EXISTS (
    SELECT FROM conversations.changes
    WHERE conversation_id = $1 AND subject = $2 AND kind = 'member_left'
);

-- name: find_heir
SELECT m.user_id FROM conversations.members m
WHERE m.conversation_id = $1 AND NOT EXISTS (
    SELECT FROM conversations.members o WHERE o.conversation_id = $1 AND o.role = 'owner'
)
ORDER BY m.role, m.joined_at, m.user_id -- roles are declared from owner down to read_only
LIMIT 1;

-- name: has_another_owner
SELECT EXISTS (
    SELECT FROM conversations.members
    WHERE conversation_id = $1 AND user_id <> $2 AND role = 'owner'
);

-- name: set_role
UPDATE conversations.members SET role = $3 WHERE conversation_id = $1 AND user_id = $2;

-- name: update
UPDATE conversations.conversations
SET name = coalesce($2, name),
    topic = coalesce($3, topic),
    visibility = coalesce($4, visibility),
    archived_at = CASE $5::boolean
        WHEN true THEN coalesce(archived_at, clock_timestamp())
        WHEN false THEN NULL
        ELSE archived_at END
WHERE id = $1;

-- name: move_read
-- Forward only. A row that another device moved meanwhile is looked at again by the UPDATE itself;
-- where it does not move then, the position is at least where this was to put it.
WITH here AS (
    SELECT c.last_seq, c.member_count, m.read_seq, least($4::bigint, c.last_seq) AS target
    FROM conversations.conversations c
    JOIN conversations.members m ON m.conversation_id = c.id
    WHERE c.id = $1 AND c.kind = $2 AND m.user_id = $3
), moved AS (
    UPDATE conversations.members m SET read_seq = h.target, read_at = clock_timestamp()
    FROM here h
    WHERE m.conversation_id = $1 AND m.user_id = $3 AND m.read_seq < h.target
    RETURNING m.read_seq
)
SELECT greatest(h.read_seq, h.target) AS read_seq, h.last_seq, h.member_count,
    EXISTS (SELECT FROM moved) AS moved, conversations.is_discreet($3) AS is_discreet
FROM here h;

-- name: seats_since
-- Who of these came into a conversation in the last so many seconds.
SELECT m.user_id, m.conversation_id, m.joined_at
FROM conversations.members m
WHERE m.joined_at > clock_timestamp() - make_interval(secs => $2) AND m.user_id = ANY ($1::bigint[]);

-- name: reads_since
-- Who has read in these conversations in the last so many seconds, and how far.
SELECT c.id AS conversation_id, c.kind, m.user_id, m.read_seq, c.member_count,
    conversations.is_discreet(m.user_id) AS is_discreet
FROM conversations.conversations c
JOIN conversations.members m ON m.conversation_id = c.id
WHERE c.id = ANY ($1::bigint[]) AND m.read_at > clock_timestamp() - make_interval(secs => $2);

-- name: shown_since
SELECT id FROM accounts.shown_since($1) AS s (id);

-- name: hold_pair
SELECT conversations.hold_pair($1, $2);

-- name: set_block
SELECT conversations.set_block($1, $2, $3);

-- name: blockers
-- Those of the users who have blocked this one.
SELECT blocker_id AS id FROM conversations.blocks
WHERE blocked_id = $1 AND blocker_id = ANY ($2::bigint[]);

-- name: count_of_blocks
SELECT count(*) FROM (
    SELECT FROM conversations.blocks WHERE blocker_id = $1 LIMIT $2
) AS counted;

-- name: blocks
SELECT p.*, b.created_at AS blocked_at
FROM conversations.blocks b
JOIN accounts.people_of(ARRAY(
    SELECT blocked_id FROM conversations.blocks WHERE blocker_id = $1
)) p ON p.id = b.blocked_id
WHERE b.blocker_id = $1
ORDER BY b.created_at DESC, p.id DESC;

-- name: positions_of
SELECT id, kind, last_seq, rev FROM conversations.conversations WHERE id = ANY ($1::bigint[]);

-- name: positions_of_rooms
SELECT id, kind, last_seq, rev FROM conversations.conversations
WHERE id > $1 AND kind = 'room' ORDER BY id LIMIT $2;

-- name: positions_of_directs
SELECT id, kind, last_seq, rev FROM conversations.conversations
WHERE id > $1 AND kind = 'direct' ORDER BY id LIMIT $2;

-- name: record
-- Who and from where is what the transaction was told by name_caller.
SELECT audit.record($1, $2, 'info', $3::text::jsonb, $4::text::jsonb);
