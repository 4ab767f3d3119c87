-- @here calls those who were there at that moment, and nobody who comes later: whoever was told has a
-- row of their own, with the audience 'here'. The row of user 0 with that audience says that all who
-- were there are called, and is counted for nobody.

-- Notes who was there when a message called all who were. Under their name they may be called already.
CREATE FUNCTION messages.note_here(p_conversation bigint, p_seq bigint, p_users bigint[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO messages.mentions AS t
        (conversation_id, seq, user_id, audience, message_id, root_id, sender_id, is_told)
    SELECT m.conversation_id, m.seq, u.id, 'here', m.message_id, m.root_id, m.sender_id, true
    FROM messages.mentions m, unnest(p_users) AS u (id)
    WHERE m.conversation_id = p_conversation AND m.seq = p_seq AND m.user_id = 0
        AND m.withdrawn_at IS NULL AND u.id <> m.sender_id
    ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
    SET withdrawn_at = NULL, audience = 'here', is_told = true
    WHERE t.withdrawn_at IS NOT NULL
$$;

-- Finds whom a text calls, and records it. Only members are called, and the whole room only by those
-- who may. Off where the session says: SET causerie.mentions = 'off'.
CREATE OR REPLACE FUNCTION messages.find_mentions() RETURNS trigger LANGUAGE plpgsql AS $$
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
                || coalesce(v_named, '{}'))
            -- Who was there when all were called stays called as long as the word stands.
            AND (t.audience IS DISTINCT FROM 'here' OR NEW.audience IS NULL);
        UPDATE messages.mentions t SET withdrawn_at = NULL
        WHERE t.conversation_id = NEW.conversation_id AND t.seq = NEW.seq
            AND t.audience = 'here' AND t.withdrawn_at IS NOT NULL AND NEW.audience IS NOT NULL;
    END IF;
    RETURN NEW;
END $$;

-- What is unread of each conversation p_conversations[i] behind p_afters[i], up to p_uptos[i]: the
-- messages that call the user (root_id NULL), and the answers of others in threads that the user
-- follows, with those among them that call the user. What was read in its thread is read. What has
-- none of these has no row.
CREATE OR REPLACE FUNCTION messages.tallies(
    p_user bigint, p_conversations bigint[], p_afters bigint[], p_uptos bigint[]
) RETURNS TABLE (conversation_id bigint, root_id bigint, unread bigint, mentions bigint)
LANGUAGE sql STABLE AS $$
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(p_conversations, p_afters, p_uptos) AS a (id, after, upto)
    ), called AS MATERIALIZED (
        SELECT DISTINCT m.conversation_id, m.root_id, m.seq
        FROM asked a
        JOIN messages.mentions m ON m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        LEFT JOIN messages.thread_members t ON t.conversation_id = m.conversation_id
            AND t.root_id = m.root_id AND t.user_id = p_user
        WHERE m.user_id IN (0, p_user) AND m.sender_id <> p_user AND m.withdrawn_at IS NULL
            AND (m.user_id <> 0 OR m.audience = 'room')
            AND m.seq > coalesce(t.read_seq, 0)
    )
    SELECT c.conversation_id, NULL::bigint, 0::bigint, count(*) FROM called c GROUP BY 1
    UNION ALL
    SELECT t.conversation_id, t.root_id, count(*),
        count(*) FILTER (WHERE (r.conversation_id, r.seq) IN (
            SELECT c.conversation_id, c.seq FROM called c))
    FROM asked a
    JOIN messages.thread_members t ON t.user_id = p_user AND t.conversation_id = a.id
        AND t.attention = 'following'
    JOIN messages.threads h ON h.conversation_id = a.id AND h.root_id = t.root_id
        AND h.last_seq > greatest(a.after, t.read_seq)
    JOIN messages.replies r ON r.conversation_id = a.id AND r.root_id = t.root_id
        AND r.seq > greatest(a.after, t.read_seq) AND r.seq <= a.upto
    JOIN messages.messages m ON m.conversation_id = a.id AND m.seq = r.seq
        AND m.deleted_at IS NULL AND m.sender_id <> p_user
    GROUP BY 1, 2
$$;

-- Of each read position, in the order given: how many unread messages call its user, as they are
-- written down, and what a count of the messages themselves finds; the same of the unread answers in
-- threads that the user follows. Who was there when all who were there were called is known by what
-- was noted alone.
CREATE OR REPLACE FUNCTION messages.recount(
    p_users bigint[], p_conversations bigint[], p_afters bigint[], p_uptos bigint[]
) RETURNS TABLE (
    noted bigint, unread bigint, mentions bigint, shown_replies bigint, replies bigint
) LANGUAGE sql STABLE AS $$
    SELECT coalesce(n.mentions, 0), t.unread, t.mentions, coalesce(n.replies, 0), r.count
    FROM unnest(p_users, p_conversations, p_afters, p_uptos) WITH ORDINALITY
        AS a (user_id, id, after, upto, ord),
        LATERAL (
            SELECT sum(s.mentions) FILTER (WHERE s.root_id IS NULL)::bigint AS mentions,
                sum(s.unread)::bigint AS replies
            FROM messages.tallies(a.user_id, ARRAY[a.id], ARRAY[a.after], ARRAY[a.upto]) s
        ) n,
        LATERAL (
            SELECT count(*) AS unread,
                count(*) FILTER (
                    WHERE m.deleted_at IS NULL AND m.sender_id <> a.user_id
                        AND m.seq > coalesce(h.read_seq, 0)
                        AND CASE WHEN m.audience = 'here' THEN EXISTS (
                            SELECT FROM messages.mentions n
                            WHERE n.conversation_id = m.conversation_id AND n.seq = m.seq
                                AND n.user_id = a.user_id AND n.withdrawn_at IS NULL)
                        ELSE m.audience IS NOT NULL OR a.user_id = ANY (m.mentions) END
                ) AS mentions
            FROM messages.messages m
            LEFT JOIN messages.thread_members h ON h.conversation_id = m.conversation_id
                AND h.root_id = m.parent_id AND h.user_id = a.user_id
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        ) t,
        LATERAL (
            SELECT count(*) FROM messages.messages m
            JOIN messages.thread_members h ON h.conversation_id = m.conversation_id
                AND h.root_id = m.parent_id AND h.user_id = a.user_id
                AND h.attention = 'following' AND m.seq > h.read_seq
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
                AND m.deleted_at IS NULL AND m.sender_id <> a.user_id
        ) r (count)
    ORDER BY a.ord
$$;

-- Counted by messages.tallies since.
DROP FUNCTION messages.count_mentions(bigint, bigint, bigint);
