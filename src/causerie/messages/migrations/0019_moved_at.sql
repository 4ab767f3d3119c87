-- For a node that did not hear the others for a while: who has read a thread by itself or chose what they
-- want of it since then, and what was scheduled, changed or settled. Null: not since this.
ALTER TABLE messages.thread_members ADD COLUMN moved_at timestamptz;
ALTER TABLE messages.outgoing ADD COLUMN changed_at timestamptz;
CREATE INDEX outgoing_by_change ON messages.outgoing (changed_at) WHERE is_scheduled;

CREATE FUNCTION messages.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON messages.outgoing FOR EACH ROW
    WHEN (NEW.is_scheduled) EXECUTE FUNCTION messages.note_change();

-- How many answers of others a user has not read of a thread that they have read up to p_read by itself.
CREATE FUNCTION messages.unread_in_thread(
    p_user bigint, p_conversation bigint, p_root bigint, p_read bigint
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_read bigint;
BEGIN
    SELECT v.read_seq INTO v_read FROM conversations.seen_by(p_user, ARRAY[p_conversation]) v;
    RETURN (
        SELECT count(*) FROM messages.replies r
        JOIN messages.messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
        WHERE r.conversation_id = p_conversation AND r.root_id = p_root
            AND r.seq > greatest(p_read, coalesce(v_read, 0))
            AND m.deleted_at IS NULL AND m.sender_id <> p_user);
END $$;

-- As 0014_thread_reads.sql has it, and the moment is kept.
CREATE OR REPLACE FUNCTION messages.read_thread(p_user bigint, p_root bigint, p_seq bigint)
RETURNS TABLE (read_seq bigint, has_moved boolean, unread bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_conversation bigint;
    v_before bigint;
    v_upto bigint;
BEGIN
    SELECT l.conversation_id INTO v_conversation FROM messages.locator l WHERE l.id = p_root;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(max(r.seq), 0) INTO v_upto
    FROM messages.replies r WHERE r.conversation_id = v_conversation AND r.root_id = p_root;
    v_upto := least(p_seq, v_upto);
    INSERT INTO messages.thread_members AS t (conversation_id, root_id, user_id, attention)
    VALUES (v_conversation, p_root, p_user, 'none')
    ON CONFLICT DO NOTHING;
    SELECT t.read_seq INTO v_before FROM messages.thread_members t
    WHERE t.conversation_id = v_conversation AND t.root_id = p_root AND t.user_id = p_user
    FOR NO KEY UPDATE;
    IF v_upto > v_before THEN
        UPDATE messages.thread_members t SET read_seq = v_upto, moved_at = clock_timestamp()
        WHERE t.conversation_id = v_conversation AND t.root_id = p_root AND t.user_id = p_user;
    END IF;
    v_upto := greatest(v_before, v_upto);
    RETURN QUERY SELECT v_upto, v_upto > v_before,
        messages.unread_in_thread(p_user, v_conversation, p_root, v_upto);
END $$;
