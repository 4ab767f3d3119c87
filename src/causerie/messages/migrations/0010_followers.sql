-- Who is to be told of each answer in a thread: for those who notify. Who left the conversation since
-- follows nothing in it.
CREATE FUNCTION messages.thread_followers(p_root bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT t.user_id
    FROM messages.locator l
    JOIN messages.thread_members t ON t.conversation_id = l.conversation_id AND t.root_id = l.id,
        LATERAL conversations.place_of(l.conversation_id, t.user_id) p
    WHERE l.id = p_root AND t.attention = 'following' AND p.role IS NOT NULL
$$;
