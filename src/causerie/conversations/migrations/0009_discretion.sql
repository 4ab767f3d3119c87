-- Who keeps to themselves how far they read, and why: 'invisible', or receipts are 'off'.
CREATE TABLE conversations.discreet (
    user_id bigint NOT NULL,
    reason  text NOT NULL CHECK (reason IN ('invisible', 'off')),
    PRIMARY KEY (user_id, reason)
);

-- How far others go on to see that somebody has read who became invisible: what is read since then
-- would say that they are there.
CREATE TABLE conversations.withheld (
    user_id         bigint NOT NULL,
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);

-- Whether somebody is invisible is nobody's to read, not even by the absence of a row.
SELECT foundation.protect('conversations.discreet');
SELECT foundation.protect('conversations.withheld');

CREATE FUNCTION conversations.set_discreet(p_user bigint, p_reason text, p_is_discreet boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT p_is_discreet THEN
        DELETE FROM conversations.discreet WHERE user_id = p_user AND reason = p_reason;
        IF FOUND AND p_reason = 'invisible' THEN
            DELETE FROM conversations.withheld WHERE user_id = p_user;
        END IF;
        RETURN;
    END IF;
    INSERT INTO conversations.discreet (user_id, reason) VALUES (p_user, p_reason)
    ON CONFLICT DO NOTHING;
    IF FOUND AND p_reason = 'invisible' THEN
        INSERT INTO conversations.withheld (user_id, conversation_id, seq)
        SELECT m.user_id, m.conversation_id, m.read_seq
        FROM conversations.members m WHERE m.user_id = p_user;
    END IF;
END $$;

CREATE FUNCTION conversations.is_discreet(p_user bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM conversations.discreet d WHERE d.user_id = p_user)
$$;

-- How far the members of a conversation have read, as far as others may know.
CREATE FUNCTION conversations.readers(p_id bigint, p_limit integer)
RETURNS TABLE (user_id bigint, seq bigint) LANGUAGE sql STABLE AS $$
    SELECT m.user_id, CASE WHEN i.user_id IS NULL THEN m.read_seq ELSE w.seq END
    FROM conversations.members m
    LEFT JOIN conversations.discreet i ON i.user_id = m.user_id AND i.reason = 'invisible'
    LEFT JOIN conversations.withheld w
        ON w.user_id = m.user_id AND w.conversation_id = m.conversation_id
    WHERE m.conversation_id = p_id
        AND (i.user_id IS NULL OR w.seq IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM conversations.discreet o WHERE o.user_id = m.user_id AND o.reason = 'off')
    ORDER BY m.user_id LIMIT p_limit
$$;

-- What a user has not read, and up to where each conversation goes.
CREATE FUNCTION conversations.unread_of(p_user bigint)
RETURNS TABLE (conversation_id bigint, kind conversations.kind, read_seq bigint, last_seq bigint)
LANGUAGE sql STABLE AS $$
    SELECT c.id, c.kind, m.read_seq, c.last_seq
    FROM conversations.members m
    JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE m.user_id = p_user AND m.read_seq < c.last_seq
    ORDER BY c.id
$$;

-- Moves all read positions of a user to the newest messages. The conversations first, in id order, as
-- everywhere where several of them are locked.
CREATE FUNCTION conversations.read_all(p_user bigint)
RETURNS TABLE (
    conversation_id bigint, kind conversations.kind, seq bigint, member_count integer
) LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[] := ARRAY(SELECT u.conversation_id FROM conversations.unread_of(p_user) u);
BEGIN
    PERFORM conversations.hold(v_ids);
    RETURN QUERY
    UPDATE conversations.members m SET read_seq = c.last_seq
    FROM conversations.conversations c
    WHERE c.id = ANY (v_ids) AND m.conversation_id = c.id AND m.user_id = p_user
        AND m.read_seq < c.last_seq
    RETURNING c.id, c.kind, m.read_seq, c.member_count;
END $$;

-- Read positions in the order of their keys, for whoever counts once more.
CREATE FUNCTION conversations.positions_after(p_conversation bigint, p_user bigint, p_limit integer)
RETURNS TABLE (conversation_id bigint, user_id bigint, read_seq bigint, last_seq bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.conversation_id, m.user_id, m.read_seq, c.last_seq
    FROM conversations.members m
    JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE (m.conversation_id, m.user_id) > (p_conversation, p_user)
    ORDER BY m.conversation_id, m.user_id LIMIT p_limit
$$;
