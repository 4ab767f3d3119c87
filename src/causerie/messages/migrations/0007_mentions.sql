-- Who a message calls: @name, and all at once by @here and @room.
CREATE TYPE messages.audience AS ENUM ('here', 'room');

-- NULL for most messages. @room means what @here means and more.
ALTER TABLE messages.messages ADD COLUMN audience messages.audience;
ALTER TABLE messages.messages
    DROP CONSTRAINT a_tombstone_says_nothing,
    ADD CONSTRAINT a_tombstone_says_nothing CHECK (
        deleted_at IS NULL
        OR (content = '' AND mentions IS NULL AND audience IS NULL AND reactions IS NULL
            AND pinned_at IS NULL));

-- Each mention, once: what notifications and counts of unread mentions read. user_id 0 stands for all
-- members but the sender, where the whole room is called: a row, not one for each of thousands.
--
-- is_told: a notifier has taken it (messages.take_mentions). A mention that an edit took out is
-- withdrawn and stays told, so that who is named again is not told twice.
CREATE TABLE messages.mentions (
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL,
    user_id         bigint NOT NULL,
    audience        messages.audience, -- NULL: by name
    message_id      bigint NOT NULL,
    root_id         bigint, -- the thread that the message is in
    sender_id       bigint NOT NULL,
    is_told         boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    withdrawn_at    timestamptz,
    PRIMARY KEY (conversation_id, seq, user_id)
);

CREATE INDEX mentions_by_user ON messages.mentions (user_id, conversation_id, seq)
    WHERE withdrawn_at IS NULL;
CREATE INDEX mentions_untold ON messages.mentions (created_at)
    WHERE NOT is_told AND withdrawn_at IS NULL;

SELECT foundation.protect(
    'messages.mentions', 'conversation_id IN (SELECT conversations.of_actor())');

-- The words behind an @ in a text, in small letters, at most 100; what is code (Markdown) names nobody.
-- Names may end with what ends a sentence: see find_mentions.
CREATE FUNCTION messages.words_behind_at(p_content text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(w.word) FROM (
        SELECT DISTINCT lower(found.parts[1] COLLATE "C") AS word
        FROM regexp_matches(
            -- Two steps: in one expression both parts would be greedy, or neither.
            regexp_replace(
                regexp_replace(p_content, '```.*?```', ' ', 'g'), '`[^`\n]+`', ' ', 'g'),
            -- Not within a word or an address, as in an e-mail's or a URL's.
            '(?<![[:alnum:]@/])@([A-Za-z0-9_.-]{1,32})(?![A-Za-z0-9_.-])', 'g') AS found (parts)
        LIMIT 100
    ) w
$$;

-- Finds whom a text calls, and records it. Only members are called, and the whole room only by those
-- who may. Off where the session says: SET causerie.mentions = 'off'.
CREATE FUNCTION messages.find_mentions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- As many are named one by one where all are called; more would make every copy of the message
    -- longer than its text.
    c_few CONSTANT integer := 100;
    v_words text[];
    v_named bigint[];
BEGIN
    NEW.mentions := NULL;
    NEW.audience := NULL;
    IF NEW.deleted_at IS NULL
        AND current_setting('causerie.mentions', true) IS DISTINCT FROM 'off'
    THEN
        v_words := messages.words_behind_at(NEW.content);
    END IF;
    IF v_words IS NOT NULL THEN
        -- "@mia." names mia., or else mia: the longest name that a member has.
        SELECT array_agg(DISTINCT n.user_id ORDER BY n.user_id) INTO v_named
        FROM (
            SELECT DISTINCT ON (w.word) m.user_id
            FROM unnest(v_words) AS w (word)
            JOIN conversations.members_named(
                    NEW.conversation_id,
                    v_words || ARRAY(SELECT rtrim(u.word, '._-') FROM unnest(v_words) AS u (word))
                ) m ON m.name IN (w.word, rtrim(w.word, '._-'))
            ORDER BY w.word, length(m.name) DESC
        ) n;
        v_words := ARRAY(SELECT rtrim(u.word, '._-') FROM unnest(v_words) AS u (word));
        IF v_words && ARRAY['here', 'room']
            AND accounts.user_may(NEW.sender_id, 'messages.mention_everyone')
        THEN
            NEW.audience := CASE WHEN 'room' = ANY (v_words) THEN 'room' ELSE 'here' END;
        END IF;
        NEW.mentions := v_named;
        IF NEW.audience IS NOT NULL THEN
            SELECT array_agg(u.id ORDER BY u.id) INTO NEW.mentions
            FROM (
                SELECT unnest(v_named)
                UNION
                SELECT m FROM conversations.few_members(NEW.conversation_id, c_few) AS m
                WHERE m <> NEW.sender_id
            ) AS u (id);
        END IF;
        INSERT INTO messages.mentions AS t
            (conversation_id, seq, user_id, audience, message_id, root_id, sender_id)
        SELECT NEW.conversation_id, NEW.seq, u.id, u.audience, NEW.id, NEW.parent_id, NEW.sender_id
        FROM (
            SELECT n.id, NULL::messages.audience
            FROM unnest(v_named) AS n (id) WHERE n.id <> NEW.sender_id
            UNION ALL
            SELECT 0, NEW.audience WHERE NEW.audience IS NOT NULL
        ) AS u (id, audience)
        ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
        SET withdrawn_at = NULL, audience = excluded.audience
        WHERE t.withdrawn_at IS NOT NULL OR t.audience IS DISTINCT FROM excluded.audience;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        UPDATE messages.mentions t SET withdrawn_at = clock_timestamp()
        WHERE t.conversation_id = NEW.conversation_id AND t.seq = NEW.seq
            AND t.withdrawn_at IS NULL
            AND t.user_id <> ALL (
                CASE WHEN NEW.audience IS NOT NULL THEN ARRAY[0::bigint] ELSE '{}' END
                || coalesce(v_named, '{}'));
    END IF;
    RETURN NEW;
END $$;

-- The conditions are false for what names nobody: then nothing is called.
CREATE TRIGGER mentions_sent BEFORE INSERT ON messages.messages
    FOR EACH ROW WHEN (NEW.content LIKE '%@%')
    EXECUTE FUNCTION messages.find_mentions();
CREATE TRIGGER mentions_changed BEFORE UPDATE OF content ON messages.messages
    FOR EACH ROW WHEN (
        OLD.content <> NEW.content
        AND (NEW.content LIKE '%@%' OR OLD.mentions IS NOT NULL OR OLD.audience IS NOT NULL))
    EXECUTE FUNCTION messages.find_mentions();

-- Gives a notifier mentions that nobody was told of yet, the oldest first, and marks them in its
-- transaction: what it enqueues in the same one is enqueued exactly once. Several may ask at once.
CREATE FUNCTION messages.take_mentions(p_limit integer) RETURNS SETOF messages.mentions
LANGUAGE sql AS $$
    UPDATE messages.mentions t SET is_told = true
    FROM (
        SELECT m.conversation_id, m.seq, m.user_id
        FROM messages.mentions m
        WHERE NOT m.is_told AND m.withdrawn_at IS NULL
        ORDER BY m.created_at LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ) taken
    WHERE t.conversation_id = taken.conversation_id AND t.seq = taken.seq
        AND t.user_id = taken.user_id
    RETURNING t.*
$$;

-- How many messages behind a position of a conversation call a user.
CREATE FUNCTION messages.count_mentions(p_user bigint, p_conversation bigint, p_after bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(DISTINCT m.seq)
    FROM messages.mentions m
    WHERE m.user_id IN (0, p_user) AND m.conversation_id = p_conversation AND m.seq > p_after
        AND m.withdrawn_at IS NULL AND m.sender_id <> p_user
$$;

-- Of the messages that a reader sees, and only while they are there: what a deleted one said is for
-- moderators, who are served by the service's own rights.
DROP POLICY IF EXISTS everyone ON messages.edits;
DROP POLICY IF EXISTS writers ON messages.edits;
DROP POLICY IF EXISTS keepers ON messages.edits;
DROP POLICY IF EXISTS finders ON messages.edits;
DROP POLICY IF EXISTS readers ON messages.edits;
SELECT foundation.protect(
    'messages.edits',
    $$EXISTS (
        SELECT FROM messages.locator l
        JOIN messages.messages m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
        WHERE l.id = message_id AND m.deleted_at IS NULL)$$);
