-- What is unread of each conversation p_conversations[i] behind p_afters[i], up to p_uptos[i]: the
-- messages that call the user (root_id NULL), and the answers of others in threads that the user
-- follows, with those among them that call the user. What has none of these has no row.
CREATE FUNCTION messages.tallies(
    p_user bigint, p_conversations bigint[], p_afters bigint[], p_uptos bigint[]
) RETURNS TABLE (conversation_id bigint, root_id bigint, unread bigint, mentions bigint)
LANGUAGE sql STABLE AS $$
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(p_conversations, p_afters, p_uptos) AS a (id, after, upto)
    ), called AS MATERIALIZED (
        SELECT DISTINCT m.conversation_id, m.root_id, m.seq
        FROM asked a
        JOIN messages.mentions m ON m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        WHERE m.user_id IN (0, p_user) AND m.sender_id <> p_user AND m.withdrawn_at IS NULL
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
        AND h.last_seq > a.after
    JOIN messages.replies r ON r.conversation_id = a.id AND r.root_id = t.root_id
        AND r.seq > a.after AND r.seq <= a.upto
    JOIN messages.messages m ON m.conversation_id = a.id AND m.seq = r.seq
        AND m.deleted_at IS NULL AND m.sender_id <> p_user
    GROUP BY 1, 2
$$;

-- Of each read position, in the order given: how many unread messages call its user, as they are
-- written down, and what a count of the messages themselves finds.
CREATE FUNCTION messages.recount(
    p_users bigint[], p_conversations bigint[], p_afters bigint[], p_uptos bigint[]
) RETURNS TABLE (noted bigint, unread bigint, mentions bigint) LANGUAGE sql STABLE AS $$
    SELECT n.count, t.unread, t.mentions
    FROM unnest(p_users, p_conversations, p_afters, p_uptos) WITH ORDINALITY
        AS a (user_id, id, after, upto, ord),
        LATERAL (
            SELECT count(DISTINCT m.seq) FROM messages.mentions m
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
                AND m.user_id IN (0, a.user_id) AND m.sender_id <> a.user_id
                AND m.withdrawn_at IS NULL
        ) n (count),
        LATERAL (
            SELECT count(*) AS unread,
                count(*) FILTER (
                    WHERE m.deleted_at IS NULL AND m.sender_id <> a.user_id
                        AND (m.audience IS NOT NULL OR a.user_id = ANY (m.mentions))) AS mentions
            FROM messages.messages m
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        ) t
    ORDER BY a.ord
$$;
