-- For a node that did not hear the others for a while: who was taken into a conversation since then,
-- and who has read. By statement, and not by sends, which say so themselves; null: not since this.
CREATE INDEX members_by_arrival ON conversations.members (joined_at);
ALTER TABLE conversations.members ADD COLUMN read_at timestamptz;

CREATE OR REPLACE FUNCTION conversations.read_all(p_user bigint)
RETURNS TABLE (
    conversation_id bigint, kind conversations.kind, seq bigint, member_count integer
) LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[] := ARRAY(SELECT u.conversation_id FROM conversations.unread_of(p_user) u);
BEGIN
    PERFORM conversations.hold(v_ids);
    RETURN QUERY
    UPDATE conversations.members m SET read_seq = c.last_seq, read_at = clock_timestamp()
    FROM conversations.conversations c
    WHERE c.id = ANY (v_ids) AND m.conversation_id = c.id AND m.user_id = p_user
        AND m.read_seq < c.last_seq
    RETURNING c.id, c.kind, m.read_seq, c.member_count;
END $$;
