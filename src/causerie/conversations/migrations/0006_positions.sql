-- For search: the conversations that a user is in, and how far each has come.
CREATE FUNCTION conversations.positions_of(p_user bigint)
RETURNS TABLE (id bigint, last_seq bigint) LANGUAGE sql STABLE AS $$
    SELECT c.id, c.last_seq
    FROM conversations.members m JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE m.user_id = p_user
$$;

-- For whoever follows the messages of all: every conversation, and how far it has come.
CREATE FUNCTION conversations.positions()
RETURNS TABLE (id bigint, last_seq bigint) LANGUAGE sql STABLE AS $$
    SELECT c.id, c.last_seq FROM conversations.conversations c
$$;

DO $$
BEGIN
    IF foundation.has_reader() THEN
        GRANT USAGE ON SCHEMA conversations TO causerie_finder;
        GRANT SELECT ON conversations.members, conversations.conversations TO causerie_finder;
    END IF;
END $$;
