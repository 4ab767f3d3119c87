-- For search: those of a user's conversations that are rooms of these names (in any case), or direct
-- chats with these people.
CREATE FUNCTION conversations.places_of(p_user bigint, p_names text[], p_peers bigint[])
RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT c.id
    FROM conversations.members m JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE m.user_id = p_user
        AND (lower(c.name COLLATE "C") = ANY (p_names)
            OR (c.low_user_id = p_user AND c.high_user_id = ANY (p_peers))
            OR (c.high_user_id = p_user AND c.low_user_id = ANY (p_peers)))
$$;
