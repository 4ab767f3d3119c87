-- Which of these users have read a conversation so far, or are not in it.
CREATE FUNCTION conversations.read_by(p_id bigint, p_users bigint[], p_seq bigint)
RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT u.id FROM unnest(p_users) AS u (id)
    WHERE NOT EXISTS (
        SELECT FROM conversations.members m
        WHERE m.conversation_id = p_id AND m.user_id = u.id AND m.read_seq < p_seq)
$$;
