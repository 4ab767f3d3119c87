-- Whether two users are in one conversation.
CREATE FUNCTION conversations.share_one(p_one bigint, p_other bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM conversations.members one
        JOIN conversations.members other ON other.conversation_id = one.conversation_id
        WHERE one.user_id = p_one AND other.user_id = p_other
    )
$$;
