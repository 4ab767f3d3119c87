-- As before, and 'banned' or 'muted' where the user may not speak anywhere. The caller holds the
-- lock that a ban takes (accounts.restrict), so what this says holds until its commit.
CREATE OR REPLACE FUNCTION conversations.standings(p_conversations bigint[], p_users bigint[])
RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(
        CASE WHEN s.standing IS NOT NULL THEN s.standing
             WHEN m.role IS NULL THEN 'stranger'
             WHEN c.archived_at IS NOT NULL THEN 'archived'
             WHEN m.role = 'read_only' THEN 'read_only'
             ELSE 'may_send' END
        ORDER BY i.ord)
    FROM unnest(p_conversations, p_users) WITH ORDINALITY AS i (conversation_id, user_id, ord)
    LEFT JOIN conversations.members m
        ON m.conversation_id = i.conversation_id AND m.user_id = i.user_id
    LEFT JOIN conversations.conversations c ON c.id = i.conversation_id
    LEFT JOIN accounts.silenced() s ON s.user_id = i.user_id
$$;
