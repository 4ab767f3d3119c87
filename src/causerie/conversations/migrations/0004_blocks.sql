-- Who wants nothing directly from whom. In their direct chat the blocked is read-only: what every send
-- looks at anyway.
CREATE TABLE conversations.blocks (
    blocker_id bigint NOT NULL,
    blocked_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (blocker_id, blocked_id),
    CONSTRAINT nobody_blocks_themselves CHECK (blocker_id <> blocked_id)
);

-- Whoever blocks one of a pair, or opens their direct chat, waits here for the other who does, before
-- anything else of the pair is locked: neither can miss what the other is about to commit.
CREATE FUNCTION conversations.hold_pair(p_one bigint, p_other bigint) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(
        format('causerie.pair.%s.%s', least(p_one, p_other), greatest(p_one, p_other)), 0))
$$;

-- Blocks or unblocks, and gives the direct chat whose role changed with it, NULL where none did.
CREATE FUNCTION conversations.set_block(p_blocker bigint, p_blocked bigint, p_is_blocked boolean)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_chat bigint;
    v_role conversations.member_role := CASE WHEN p_is_blocked THEN 'read_only' ELSE 'member' END;
BEGIN
    PERFORM conversations.hold_pair(p_blocker, p_blocked);
    IF p_is_blocked THEN
        INSERT INTO conversations.blocks (blocker_id, blocked_id)
        VALUES (p_blocker, p_blocked) ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM conversations.blocks
        WHERE blocker_id = p_blocker AND blocked_id = p_blocked;
    END IF;
    SELECT c.id INTO v_chat FROM conversations.conversations c
    WHERE c.low_user_id = least(p_blocker, p_blocked)
        AND c.high_user_id = greatest(p_blocker, p_blocked);
    -- No send is under way while this is held, and the next one sees the role.
    PERFORM conversations.hold(ARRAY[v_chat]);
    UPDATE conversations.members SET role = v_role
    WHERE conversation_id = v_chat AND user_id = p_blocked AND role <> v_role;
    RETURN CASE WHEN FOUND THEN v_chat END;
END $$;

-- Whom somebody has blocked is told to them by the service alone.
SELECT foundation.protect('conversations.blocks');
