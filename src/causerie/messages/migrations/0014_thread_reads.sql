-- How far a user has read a thread by itself: what is unread of it lies behind this and behind the
-- conversation's own position.
ALTER TABLE messages.thread_members ADD COLUMN read_seq bigint NOT NULL DEFAULT 0;

-- Whether those who follow the thread were told of an answer. What was there before this is old news.
ALTER TABLE messages.replies ADD COLUMN is_told boolean NOT NULL DEFAULT true;
ALTER TABLE messages.replies ALTER COLUMN is_told SET DEFAULT false;
CREATE INDEX replies_untold ON messages.replies (conversation_id, seq) WHERE NOT is_told;

-- Moves a user's position in a thread forward, to its last answer at most, and says where it is, whether
-- it moved, and how many answers of others are unread there. No row: there is no such message.
CREATE FUNCTION messages.read_thread(p_user bigint, p_root bigint, p_seq bigint)
RETURNS TABLE (read_seq bigint, has_moved boolean, unread bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_conversation bigint;
    v_before bigint;
    v_upto bigint;
    v_read bigint;
BEGIN
    SELECT l.conversation_id INTO v_conversation FROM messages.locator l WHERE l.id = p_root;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(max(r.seq), 0) INTO v_upto
    FROM messages.replies r WHERE r.conversation_id = v_conversation AND r.root_id = p_root;
    v_upto := least(p_seq, v_upto);
    INSERT INTO messages.thread_members AS t (conversation_id, root_id, user_id, attention)
    VALUES (v_conversation, p_root, p_user, 'none')
    ON CONFLICT DO NOTHING;
    SELECT t.read_seq INTO v_before FROM messages.thread_members t
    WHERE t.conversation_id = v_conversation AND t.root_id = p_root AND t.user_id = p_user
    FOR NO KEY UPDATE;
    IF v_upto > v_before THEN
        UPDATE messages.thread_members t SET read_seq = v_upto
        WHERE t.conversation_id = v_conversation AND t.root_id = p_root AND t.user_id = p_user;
    END IF;
    SELECT v.read_seq INTO v_read FROM conversations.seen_by(p_user, ARRAY[v_conversation]) v;
    RETURN QUERY
    SELECT greatest(v_before, v_upto), v_upto > v_before, (
        SELECT count(*) FROM messages.replies r
        JOIN messages.messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
        WHERE r.conversation_id = v_conversation AND r.root_id = p_root
            AND r.seq > greatest(v_before, v_upto, coalesce(v_read, 0))
            AND m.deleted_at IS NULL AND m.sender_id <> p_user);
END $$;

-- What is unread of each conversation p_conversations[i] behind p_afters[i], up to p_uptos[i]: the
-- messages that call the user (root_id NULL), and the answers of others in threads that the user
-- follows, with those among them that call the user. What was read in its thread is read. What has
-- none of these has no row.
CREATE OR REPLACE FUNCTION messages.tallies(
    p_user bigint, p_conversations bigint[], p_afters bigint[], p_uptos bigint[]
) RETURNS TABLE (conversation_id bigint, root_id bigint, unread bigint, mentions bigint)
LANGUAGE sql STABLE AS $$
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(p_conversations, p_afters, p_uptos) AS a (id, after, upto)
    ), called AS MATERIALIZED (
        SELECT DISTINCT m.conversation_id, m.root_id, m.seq
        FROM asked a
        JOIN messages.mentions m ON m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        LEFT JOIN messages.thread_members t ON t.conversation_id = m.conversation_id
            AND t.root_id = m.root_id AND t.user_id = p_user
        WHERE m.user_id IN (0, p_user) AND m.sender_id <> p_user AND m.withdrawn_at IS NULL
            AND m.seq > coalesce(t.read_seq, 0)
    )
    SELECT c.conversation_id, NULL::bigint, 0::bigint, count(*) FROM called c GROUP BY 1
    UNION ALL
    SELECT t.conversation_id, t.root_id, count(*),
        count(*) FILTER (WHERE (r.conversation_id, r.seq) IN (
            SELECT c.conversation_id, c.seq FROM called c))
    FROM asked a
    JOIN messages.thread_members t ON t.user_id = p_user AND t.conversation_id = a.id
        AND t.attention = 'following'
    JOIN messages.threads h ON h.conversation_id = a.id AND h.root_id = t.root_id
        AND h.last_seq > greatest(a.after, t.read_seq)
    JOIN messages.replies r ON r.conversation_id = a.id AND r.root_id = t.root_id
        AND r.seq > greatest(a.after, t.read_seq) AND r.seq <= a.upto
    JOIN messages.messages m ON m.conversation_id = a.id AND m.seq = r.seq
        AND m.deleted_at IS NULL AND m.sender_id <> p_user
    GROUP BY 1, 2
$$;

-- Of each read position, in the order given: how many unread messages call its user, as they are
-- written down, and what a count of the messages themselves finds; the same of the unread answers in
-- threads that the user follows.
DROP FUNCTION messages.recount(bigint[], bigint[], bigint[], bigint[]);
CREATE FUNCTION messages.recount(
    p_users bigint[], p_conversations bigint[], p_afters bigint[], p_uptos bigint[]
) RETURNS TABLE (
    noted bigint, unread bigint, mentions bigint, shown_replies bigint, replies bigint
) LANGUAGE sql STABLE AS $$
    SELECT coalesce(n.mentions, 0), t.unread, t.mentions, coalesce(n.replies, 0), r.count
    FROM unnest(p_users, p_conversations, p_afters, p_uptos) WITH ORDINALITY
        AS a (user_id, id, after, upto, ord),
        LATERAL (
            SELECT sum(s.mentions) FILTER (WHERE s.root_id IS NULL)::bigint AS mentions,
                sum(s.unread)::bigint AS replies
            FROM messages.tallies(a.user_id, ARRAY[a.id], ARRAY[a.after], ARRAY[a.upto]) s
        ) n,
        LATERAL (
            SELECT count(*) AS unread,
                count(*) FILTER (
                    WHERE m.deleted_at IS NULL AND m.sender_id <> a.user_id
                        AND m.seq > coalesce(h.read_seq, 0)
                        AND (m.audience IS NOT NULL OR a.user_id = ANY (m.mentions))) AS mentions
            FROM messages.messages m
            LEFT JOIN messages.thread_members h ON h.conversation_id = m.conversation_id
                AND h.root_id = m.parent_id AND h.user_id = a.user_id
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        ) t,
        LATERAL (
            SELECT count(*) FROM messages.messages m
            JOIN messages.thread_members h ON h.conversation_id = m.conversation_id
                AND h.root_id = m.parent_id AND h.user_id = a.user_id
                AND h.attention = 'following' AND m.seq > h.read_seq
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
                AND m.deleted_at IS NULL AND m.sender_id <> a.user_id
        ) r (count)
    ORDER BY a.ord
$$;

-- Gives a notifier answers that nobody was told of yet, with whom to tell: those who follow the thread
-- and are not called by the answer itself, which is told elsewhere. Marks them in its transaction.
CREATE FUNCTION messages.take_replies(p_limit integer) RETURNS TABLE (
    conversation_id bigint, root_id bigint, seq bigint, message_id bigint, sender_id bigint,
    followers bigint[]
) LANGUAGE sql AS $$
    WITH taken AS (
        UPDATE messages.replies r SET is_told = true
        FROM (
            SELECT d.conversation_id, d.root_id, d.seq FROM messages.replies d
            WHERE NOT d.is_told ORDER BY d.conversation_id, d.seq LIMIT p_limit
            FOR UPDATE SKIP LOCKED
        ) d
        WHERE r.conversation_id = d.conversation_id AND r.root_id = d.root_id AND r.seq = d.seq
        RETURNING r.*
    )
    SELECT t.conversation_id, t.root_id, t.seq, m.id, m.sender_id, ARRAY(
        SELECT f FROM messages.thread_followers(t.root_id) AS f
        WHERE NOT EXISTS (
            SELECT FROM messages.mentions n
            WHERE n.conversation_id = t.conversation_id AND n.seq = t.seq
                AND n.withdrawn_at IS NULL
                AND (n.user_id = f OR (n.user_id = 0 AND n.audience = 'room'))))
    FROM taken t
    JOIN messages.messages m ON m.conversation_id = t.conversation_id AND m.seq = t.seq
    WHERE m.deleted_at IS NULL
$$;

-- Those of the users who want to hear nothing of a thread, not even what names them.
CREATE FUNCTION messages.thread_muted_by(p_root bigint, p_users bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT t.user_id
    FROM messages.locator l
    JOIN messages.thread_members t ON t.conversation_id = l.conversation_id AND t.root_id = l.id
    WHERE l.id = p_root AND t.user_id = ANY (p_users) AND t.attention = 'muted'
$$;
