-- Reactions and pins: how they are counted, and the two writes that make and take them away.

-- Which emoji a numbered change was about; the rest stands in conversations.changes.
CREATE TABLE messages.reaction_changes (
    conversation_id bigint NOT NULL,
    rev             bigint NOT NULL,
    emoji           text NOT NULL,
    PRIMARY KEY (conversation_id, rev)
);
SELECT foundation.protect(
    'messages.reaction_changes', 'conversation_id IN (SELECT conversations.of_actor())');

-- How often an emoji stands in a conversation now.
CREATE TABLE messages.emoji_totals (
    conversation_id bigint NOT NULL,
    emoji           text NOT NULL,
    count           bigint NOT NULL CHECK (count >= 0),
    PRIMARY KEY (conversation_id, emoji)
) WITH (fillfactor = 70); -- counts move with every reaction: room for HOT updates
SELECT foundation.protect(
    'messages.emoji_totals', 'conversation_id IN (SELECT conversations.of_actor())');

-- A message's summary with these added to it, in the order in which they came first; NULL where
-- nothing is left.
CREATE FUNCTION messages.sum_up(p_summary jsonb, p_emojis text[], p_counts bigint[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('emoji', s.emoji, 'count', s.count) ORDER BY s.place)
    FROM (
        SELECT i.emoji, sum(i.count) AS count, min(i.place) AS place
        FROM (
            SELECT o.item ->> 'emoji' AS emoji, (o.item ->> 'count')::bigint AS count,
                ARRAY[0, o.nth] AS place
            FROM jsonb_array_elements(p_summary) WITH ORDINALITY AS o (item, nth)
            UNION ALL
            SELECT n.emoji, n.count, ARRAY[1, n.nth]
            FROM unnest(p_emojis, p_counts) WITH ORDINALITY AS n (emoji, count, nth)
        ) i
        GROUP BY i.emoji
        HAVING sum(i.count) > 0
    ) s
$$;

-- Counts are kept where reactions are written, once a statement. A tombstone has none.
CREATE FUNCTION messages.count_reactions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    UPDATE messages.messages m SET reactions = messages.sum_up(m.reactions, c.emojis, c.counts)
    FROM (
        SELECT n.conversation_id, n.seq, array_agg(n.emoji ORDER BY n.first_at) AS emojis,
            array_agg(v_sign * n.count ORDER BY n.first_at) AS counts
        FROM (
            SELECT t.conversation_id, t.seq, t.emoji, count(*), min(t.created_at) AS first_at
            FROM touched t GROUP BY 1, 2, 3
        ) n
        GROUP BY 1, 2
    ) c
    WHERE m.conversation_id = c.conversation_id AND m.seq = c.seq AND m.deleted_at IS NULL;

    IF TG_OP = 'INSERT' THEN
        INSERT INTO messages.emoji_totals AS e (conversation_id, emoji, count)
        SELECT t.conversation_id, t.emoji, count(*) FROM touched t GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (conversation_id, emoji) DO UPDATE SET count = e.count + excluded.count;
    ELSE
        UPDATE messages.emoji_totals e SET count = e.count - n.count
        FROM (SELECT t.conversation_id, t.emoji, count(*) FROM touched t GROUP BY 1, 2) n
        WHERE e.conversation_id = n.conversation_id AND e.emoji = n.emoji;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER reactions_added AFTER INSERT ON messages.reactions
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION messages.count_reactions();
CREATE TRIGGER reactions_removed AFTER DELETE ON messages.reactions
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION messages.count_reactions();

CREATE FUNCTION messages.drop_reactions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages.reactions r
    WHERE r.conversation_id = NEW.conversation_id AND r.seq = NEW.seq;
    RETURN NULL;
END $$;

CREATE TRIGGER reactions_of_a_tombstone AFTER UPDATE OF deleted_at ON messages.messages
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.reactions IS NOT NULL)
    EXECUTE FUNCTION messages.drop_reactions();

-- The pins of a conversation. A message that is not pinned has no entry, and costs nothing that could
-- be measured (480,000 rows: 18.0 us each with it, 18.5 without).
CREATE INDEX pinned_messages ON messages.messages (conversation_id, pinned_at)
    WHERE pinned_at IS NOT NULL;

-- Makes or takes away one reaction and says what became of it: 'changed' (rev and last_seq are the
-- change's), 'unchanged', or why not: 'missing', 'stranger', 'banned', 'muted', 'archived',
-- 'read_only', 'deleted', 'too_many'. count is how many reacted with this emoji then.
--
-- What one has said one may take back: being muted, or a room's being archived, stops adding only.
--
-- One call, so that the conversation is locked for no longer than the database works on it: sends
-- wait for that lock. Locks in the order of all writes: the standing, the conversation, the message.
CREATE FUNCTION messages.react(
    p_user bigint, p_message bigint, p_emoji text, p_is_adding boolean, p_most integer,
    OUT outcome text, OUT conversation_id bigint, OUT kind conversations.kind, OUT count bigint,
    OUT rev bigint, OUT last_seq bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_standing text := accounts.hold_standing(p_user);
    v_seq bigint;
    v_role conversations.member_role;
    v_is_archived boolean;
    v_is_deleted boolean;
    v_summary jsonb;
BEGIN
    count := 0;
    SELECT l.conversation_id, l.seq INTO conversation_id, v_seq
    FROM messages.locator l WHERE l.id = p_message;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    IF v_standing = 'banned' OR (p_is_adding AND v_standing IS NOT NULL) THEN
        outcome := v_standing;
        RETURN;
    END IF;
    -- Once before the lock, so that strangers hold up nobody, and once under it, where it holds.
    FOR i IN 1..2 LOOP
        IF i = 2 THEN
            PERFORM conversations.hold(ARRAY[react.conversation_id]);
        END IF;
        SELECT p.kind, p.role, p.is_archived INTO kind, v_role, v_is_archived
        FROM conversations.place_of(react.conversation_id, p_user) p;
        outcome := CASE
            WHEN v_role IS NULL THEN 'stranger'
            WHEN p_is_adding AND v_is_archived THEN 'archived'
            WHEN p_is_adding AND v_role = 'read_only' THEN 'read_only' END;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
    END LOOP;

    SELECT m.deleted_at IS NOT NULL, coalesce(m.reactions, '[]') INTO v_is_deleted, v_summary
    FROM messages.messages m
    WHERE m.conversation_id = react.conversation_id AND m.seq = v_seq;
    IF p_is_adding THEN
        outcome := CASE
            WHEN v_is_deleted THEN 'deleted'
            WHEN jsonb_array_length(v_summary) >= p_most
                AND NOT v_summary @> jsonb_build_array(jsonb_build_object('emoji', p_emoji))
            THEN 'too_many' END;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
        INSERT INTO messages.reactions (conversation_id, seq, user_id, emoji)
        VALUES (react.conversation_id, v_seq, p_user, p_emoji)
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM messages.reactions r
        WHERE r.conversation_id = react.conversation_id AND r.seq = v_seq
            AND r.user_id = p_user AND r.emoji = p_emoji;
    END IF;

    outcome := CASE WHEN FOUND THEN 'changed' ELSE 'unchanged' END;
    IF outcome = 'changed' THEN
        SELECT t.rev, t.last_seq INTO rev, last_seq
        FROM conversations.take_rev(
            react.conversation_id,
            CASE WHEN p_is_adding THEN 'reaction_added' ELSE 'reaction_removed' END,
            p_message, p_user) t;
        INSERT INTO messages.reaction_changes (conversation_id, rev, emoji)
        VALUES (react.conversation_id, react.rev, p_emoji);
    END IF;
    SELECT (r.item ->> 'count')::bigint INTO count
    FROM messages.messages m, jsonb_array_elements(m.reactions) AS r (item)
    WHERE m.conversation_id = react.conversation_id AND m.seq = v_seq
        AND r.item ->> 'emoji' = p_emoji;
    count := coalesce(count, 0);
END $$;

-- Pins a message or takes the pin away, in the same words: 'not_allowed' and 'too_many' are its own.
-- In rooms owners and admins pin, and where p_is_moderator whoever sets it; in a direct chat both.
CREATE FUNCTION messages.pin(
    p_user bigint, p_message bigint, p_is_pinned boolean, p_is_moderator boolean, p_most integer,
    OUT outcome text, OUT conversation_id bigint, OUT kind conversations.kind,
    OUT rev bigint, OUT last_seq bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_standing text := accounts.hold_standing(p_user);
    v_seq bigint;
    v_role conversations.member_role;
    v_is_archived boolean;
    v_is_deleted boolean;
    v_is_pinned boolean;
BEGIN
    SELECT l.conversation_id, l.seq INTO conversation_id, v_seq
    FROM messages.locator l WHERE l.id = p_message;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    IF v_standing = 'banned' OR (p_is_pinned AND v_standing IS NOT NULL) THEN
        outcome := v_standing;
        RETURN;
    END IF;
    FOR i IN 1..2 LOOP
        IF i = 2 THEN
            PERFORM conversations.hold(ARRAY[pin.conversation_id]);
        END IF;
        SELECT p.kind, p.role, p.is_archived INTO kind, v_role, v_is_archived
        FROM conversations.place_of(pin.conversation_id, p_user) p;
        outcome := CASE
            WHEN kind = 'direct' AND v_role IS NULL THEN 'stranger'
            WHEN kind = 'direct' AND v_role = 'read_only' THEN 'not_allowed'
            WHEN kind = 'direct' OR p_is_moderator OR v_role IN ('owner', 'admin') THEN NULL
            WHEN v_role IS NULL THEN 'stranger'
            ELSE 'not_allowed' END;
        IF outcome IS NULL AND v_is_archived THEN
            outcome := 'archived';
        END IF;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
    END LOOP;

    SELECT m.deleted_at IS NOT NULL, m.pinned_at IS NOT NULL INTO v_is_deleted, v_is_pinned
    FROM messages.messages m
    WHERE m.conversation_id = pin.conversation_id AND m.seq = v_seq;
    outcome := CASE
        WHEN v_is_pinned = p_is_pinned THEN 'unchanged'
        WHEN v_is_deleted THEN 'deleted'
        WHEN p_is_pinned AND p_most <= (
            SELECT count(*) FROM messages.messages m
            WHERE m.conversation_id = pin.conversation_id AND m.pinned_at IS NOT NULL)
        THEN 'too_many'
        ELSE 'changed' END;
    IF outcome <> 'changed' THEN
        RETURN;
    END IF;
    SELECT t.rev, t.last_seq INTO rev, last_seq
    FROM conversations.take_rev(pin.conversation_id, 'message_pinned', p_message, p_user) t;
    UPDATE messages.messages m
    SET pinned_at = CASE WHEN p_is_pinned THEN date_trunc('milliseconds', clock_timestamp()) END,
        pinned_by = CASE WHEN p_is_pinned THEN p_user END
    WHERE m.conversation_id = pin.conversation_id AND m.seq = v_seq;
END $$;
