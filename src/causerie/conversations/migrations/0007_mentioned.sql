-- Those of a conversation's members who are called so; the names in small letters.
CREATE FUNCTION conversations.members_named(p_id bigint, p_names text[])
RETURNS TABLE (user_id bigint, name text) LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT n.id, n.name
    FROM accounts.ids_named(p_names) n
    JOIN conversations.members m ON m.conversation_id = p_id AND m.user_id = n.id
$$;

-- All members of a conversation where it has no more than p_most; else nobody.
CREATE FUNCTION conversations.few_members(p_id bigint, p_most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT m.user_id
    FROM conversations.conversations c
    JOIN conversations.members m ON m.conversation_id = c.id
    WHERE c.id = p_id AND c.member_count <= p_most
$$;
