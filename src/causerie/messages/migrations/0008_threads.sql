-- Threads: messages that answer to a first one. How many there are stands on its row.

-- Which messages are in a thread, in their order; deleted ones stay, as in any history.
CREATE TABLE messages.replies (
    conversation_id bigint NOT NULL,
    root_id         bigint NOT NULL,
    seq             bigint NOT NULL,
    PRIMARY KEY (conversation_id, root_id, seq)
);

CREATE TABLE messages.threads (
    conversation_id bigint NOT NULL,
    root_id         bigint NOT NULL,
    root_seq        bigint NOT NULL,
    last_seq        bigint NOT NULL, -- of the last answer that is not deleted; 0: there is none
    rev             bigint NOT NULL DEFAULT 0, -- of the latest thread_updated
    PRIMARY KEY (conversation_id, root_id)
);
CREATE INDEX threads_by_last_reply ON messages.threads (conversation_id, last_seq);

-- following: its answers are told of. none: only what names one is. muted: not even that.
CREATE TYPE messages.attention AS ENUM ('following', 'none', 'muted');

-- Who has to do with a thread: the author of its first message and all who answered follow it from then
-- on, unless they said otherwise.
CREATE TABLE messages.thread_members (
    conversation_id bigint NOT NULL,
    root_id         bigint NOT NULL,
    user_id         bigint NOT NULL,
    replies         integer NOT NULL DEFAULT 0 CHECK (replies >= 0), -- those that are not deleted
    attention       messages.attention NOT NULL,
    PRIMARY KEY (conversation_id, root_id, user_id)
);
CREATE INDEX thread_members_by_user
    ON messages.thread_members (user_id, conversation_id, root_id);

SELECT foundation.protect(
    'messages.replies', 'conversation_id IN (SELECT conversations.of_actor())');
SELECT foundation.protect(
    'messages.threads', 'conversation_id IN (SELECT conversations.of_actor())');
-- Who mutes what is nobody else's.
SELECT foundation.protect(
    'messages.thread_members',
    'user_id = foundation.actor() AND conversation_id IN (SELECT conversations.of_actor())');

CREATE FUNCTION messages.count_reply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    c_most CONSTANT integer := 100; -- participants on the row, which every page carries
    v_seq bigint;
    v_author bigint;
BEGIN
    UPDATE messages.messages m
    SET reply_count = coalesce(m.reply_count, 0) + 1,
        last_reply_at = NEW.created_at,
        participants = CASE
            WHEN NEW.sender_id = ANY (m.participants) OR cardinality(m.participants) >= c_most
            THEN m.participants ELSE m.participants || NEW.sender_id END
    FROM messages.locator l
    WHERE l.id = NEW.parent_id AND m.conversation_id = l.conversation_id AND m.seq = l.seq
    RETURNING m.seq, m.sender_id INTO STRICT v_seq, v_author;
    INSERT INTO messages.replies (conversation_id, root_id, seq)
    VALUES (NEW.conversation_id, NEW.parent_id, NEW.seq);
    INSERT INTO messages.threads AS t (conversation_id, root_id, root_seq, last_seq)
    VALUES (NEW.conversation_id, NEW.parent_id, v_seq, NEW.seq)
    ON CONFLICT (conversation_id, root_id) DO UPDATE
    SET last_seq = greatest(t.last_seq, excluded.last_seq);
    INSERT INTO messages.thread_members AS t
        (conversation_id, root_id, user_id, replies, attention)
    SELECT NEW.conversation_id, NEW.parent_id, u.id,
        CASE WHEN u.id = NEW.sender_id THEN 1 ELSE 0 END, 'following'
    FROM (SELECT NEW.sender_id UNION SELECT v_author) AS u (id)
    ON CONFLICT (conversation_id, root_id, user_id) DO UPDATE
    SET replies = t.replies + excluded.replies WHERE excluded.replies > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION messages.uncount_reply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_left integer;
    v_seq bigint;
    v_last bigint;
    v_last_at timestamptz;
BEGIN
    UPDATE messages.thread_members t SET replies = t.replies - 1
    WHERE t.conversation_id = NEW.conversation_id AND t.root_id = NEW.parent_id
        AND t.user_id = NEW.sender_id
    RETURNING t.replies INTO v_left;
    SELECT m.seq, m.created_at INTO v_last, v_last_at
    FROM messages.replies r
    JOIN messages.messages m USING (conversation_id, seq)
    WHERE r.conversation_id = NEW.conversation_id AND r.root_id = NEW.parent_id
        AND m.deleted_at IS NULL
    ORDER BY r.seq DESC LIMIT 1;
    UPDATE messages.threads t SET last_seq = coalesce(v_last, 0)
    WHERE t.conversation_id = NEW.conversation_id AND t.root_id = NEW.parent_id
    RETURNING t.root_seq INTO v_seq;
    UPDATE messages.messages m
    SET reply_count = m.reply_count - 1,
        last_reply_at = v_last_at,
        participants = CASE WHEN v_left = 0 THEN array_remove(m.participants, NEW.sender_id)
                            ELSE m.participants END
    WHERE m.conversation_id = NEW.conversation_id AND m.seq = v_seq;
    RETURN NULL;
END $$;

-- The conditions are false for what is in no thread: then nothing is called, and nothing queued.
CREATE TRIGGER reply_sent AFTER INSERT ON messages.messages
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION messages.count_reply();
CREATE TRIGGER reply_deleted AFTER UPDATE OF deleted_at ON messages.messages
    FOR EACH ROW WHEN (
        NEW.parent_id IS NOT NULL AND OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION messages.uncount_reply();

-- Numbers what changed in a thread as one change of its conversation. The caller holds the
-- conversation.
CREATE FUNCTION messages.number_thread(p_conversation bigint, p_root bigint, p_actor bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_rev bigint;
BEGIN
    SELECT t.rev INTO v_rev
    FROM conversations.take_rev(p_conversation, 'thread_updated', p_root, p_actor) t;
    UPDATE messages.threads t SET rev = v_rev
    WHERE t.conversation_id = p_conversation AND t.root_id = p_root;
END $$;

-- What threads are like now: the rev of the latest change, the counts, and the newest message of all.
CREATE FUNCTION messages.threads_now(p_roots bigint[])
RETURNS TABLE (
    conversation_id bigint, root_id bigint, rev bigint, reply_count integer,
    last_reply_at timestamptz, after_seq bigint
) LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT t.conversation_id, t.root_id, t.rev, m.reply_count, m.last_reply_at, p.seq
    FROM messages.locator l
    JOIN messages.threads t ON t.conversation_id = l.conversation_id AND t.root_id = l.id
    JOIN messages.messages m ON m.conversation_id = l.conversation_id AND m.seq = l.seq,
        LATERAL conversations.position_of(l.conversation_id) p
    WHERE l.id = ANY (p_roots)
$$;

-- What became of one send of a batch; see write_batch.
CREATE TYPE messages.written AS (
    ord bigint, outcome text, id bigint, seq bigint, created_at timestamptz);

DROP FUNCTION messages.write_batch(
    text, bigint, bigint[], bigint[], text[], bytea[], messages.message_type[], text[]);

-- Stores a batch of sends and says, in the order given, what became of each: 'stored', 'known' (the
-- key was used for the same send before: id and seq are the first one's), 'conflict' (the key was
-- used for something else), or the sender's standing where it may not send.
--
-- p_client_ids are the keys that clients gave, NULL where there is none. p_batch grows with each
-- batch of the writer; the same number means the same batch once more, whose answer was lost.
-- p_parents are the messages that are answered to, NULL as a whole where there are none: then nothing
-- is asked about them. An answer to an answer is one to the first message of the thread. 'no_parent'
-- and 'parent_deleted' are standings, too: the thread is looked at under the conversations' locks.
--
-- One call is one transaction and one round trip. Each statement below sees what was committed
-- before it began (READ COMMITTED, VOLATILE), which the order of the steps relies on:
--   1. The lock that a ban takes exclusively: no send of a banned user commits after the ban.
--   2. The batch's number, which waits for the same batch where that is still on its way.
--   3. Keys before conversations, as in every other write: a batch and a change that have a key in
--      common would else wait for each other, and all sends with them. Sorted, so that two nodes
--      with the same keys wait for each other in one direction only. Keys before numbers, too: only
--      what is new is counted, so that seq has no holes.
--   4. Standings, once more, since the caches in front may be a batch old, and under the
--      conversations' locks: who was put out sends nothing after that. Their keys stay free.
--   5. Numbers.
--   6. Twins last and in a statement of their own, which sees the commit that step 3 waited for.
CREATE FUNCTION messages.write_batch(
    p_writer text, p_batch bigint,
    p_conversations bigint[], p_senders bigint[], p_client_ids text[], p_fingerprints bytea[],
    p_types messages.message_type[], p_contents text[], p_parents bigint[] DEFAULT NULL
) RETURNS SETOF messages.written
LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
    v_standings text[];
    v_fresh bigint[];
    v_stored bigint;
    v_is_new boolean;
    v_roots bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('causerie.sanctions'));

    SELECT array_agg(nextval('messages.ids')) INTO v_ids FROM unnest(p_senders);
    INSERT INTO messages.writers AS w (name, batch, ids, written_at)
    VALUES (p_writer, p_batch, v_ids, now())
    ON CONFLICT (name) DO UPDATE
    SET batch = excluded.batch, ids = excluded.ids, written_at = excluded.written_at
    WHERE w.batch < excluded.batch;
    v_is_new := FOUND;

    IF NOT v_is_new THEN
        SELECT w.ids INTO STRICT v_ids FROM messages.writers w
        WHERE w.name = p_writer AND w.batch = p_batch;
    ELSIF array_remove(p_client_ids, NULL) = '{}' THEN
        v_fresh := v_ids;
    ELSE
        WITH claimed AS (
            INSERT INTO foundation.idempotency_keys AS k
                (user_id, key, operation, fingerprint, result)
            SELECT i.sender, i.key, 'send_message', i.fingerprint, i.id
            FROM unnest(p_senders, p_client_ids, p_fingerprints, v_ids)
                AS i (sender, key, fingerprint, id)
            WHERE i.key IS NOT NULL
            ORDER BY i.sender, i.key
            ON CONFLICT DO NOTHING
            RETURNING k.result
        )
        SELECT array_agg(f.id) INTO v_fresh FROM (
            SELECT c.result AS id FROM claimed c
            UNION ALL
            SELECT i.id FROM unnest(p_client_ids, v_ids) AS i (key, id) WHERE i.key IS NULL
        ) f;
    END IF;

    PERFORM conversations.hold(p_conversations);
    v_standings := conversations.standings(p_conversations, p_senders);
    IF p_parents IS NOT NULL THEN
        SELECT array_agg(coalesce(p.parent_id, p.id) ORDER BY i.ord),
            array_agg(
                CASE WHEN i.standing <> 'may_send' OR i.parent IS NULL THEN i.standing
                     WHEN p.id IS NULL THEN 'no_parent'
                     WHEN p.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL THEN 'parent_deleted'
                     ELSE i.standing END
                ORDER BY i.ord)
        INTO v_roots, v_standings
        FROM unnest(p_conversations, p_parents, v_standings) WITH ORDINALITY
            AS i (conversation_id, parent, standing, ord)
        LEFT JOIN messages.locator l ON l.id = i.parent AND l.conversation_id = i.conversation_id
        LEFT JOIN messages.messages p ON p.conversation_id = l.conversation_id AND p.seq = l.seq
        LEFT JOIN messages.locator f ON f.id = p.parent_id
        LEFT JOIN messages.messages r ON r.conversation_id = f.conversation_id AND r.seq = f.seq;
    END IF;
    IF v_is_new AND 'may_send' <> ANY (v_standings) THEN
        DELETE FROM foundation.idempotency_keys k
        USING unnest(p_senders, p_client_ids, v_ids, v_standings) AS i (sender, key, id, standing)
        WHERE k.user_id = i.sender AND k.key = i.key AND k.result = i.id
            AND i.id = ANY (v_fresh) AND i.standing <> 'may_send';
        SELECT array_agg(i.id) INTO v_fresh
        FROM unnest(v_ids, v_standings) AS i (id, standing)
        WHERE i.standing = 'may_send' AND i.id = ANY (v_fresh);
    END IF;

    IF v_fresh IS NOT NULL THEN
        RETURN QUERY
        WITH fresh AS MATERIALIZED (
            SELECT i.*, row_number() OVER (PARTITION BY i.conversation_id ORDER BY i.ord) AS nth
            FROM unnest(
                    v_ids, p_conversations, p_senders, p_types, p_contents, p_client_ids, v_roots)
                WITH ORDINALITY
                AS i (id, conversation_id, sender, type, content, client_id, root, ord)
            JOIN unnest(v_fresh) AS f (id) USING (id)
        ), counted AS (
            SELECT array_agg(n.conversation_id) AS ids, array_agg(n.count::integer) AS counts
            FROM (SELECT f.conversation_id, count(*) FROM fresh f GROUP BY 1) n
        ), numbered AS MATERIALIZED (
            SELECT t.* FROM counted c, conversations.take_seqs(c.ids, c.counts) t
        ), placed AS MATERIALIZED (
            SELECT f.*, t.first_seq + f.nth - 1 AS seq, t.at
            FROM fresh f JOIN numbered t USING (conversation_id)
        ), located AS (
            INSERT INTO messages.locator (id, conversation_id, seq)
            SELECT p.id, p.conversation_id, p.seq FROM placed p
        ), written AS (
            INSERT INTO messages.messages
                (conversation_id, seq, id, sender_id, message_type, content, client_id, created_at,
                 parent_id)
            SELECT p.conversation_id, p.seq, p.id, p.sender, p.type, p.content, p.client_id, p.at,
                p.root
            FROM placed p
        ), read AS MATERIALIZED (
            -- Who sends has read up to there.
            SELECT conversations.move_read(
                array_agg(r.conversation_id), array_agg(r.sender), array_agg(r.seq))
            FROM (SELECT p.conversation_id, p.sender, max(p.seq) AS seq FROM placed p GROUP BY 1, 2) r
        )
        SELECT p.ord, 'stored', p.id, p.seq, p.at FROM placed p, read;
        GET DIAGNOSTICS v_stored = ROW_COUNT;
        IF v_stored = cardinality(p_senders) THEN
            RETURN;
        END IF;
    END IF;

    RETURN QUERY
    SELECT i.ord,
        CASE WHEN i.key IS NULL AND l.id IS NOT NULL THEN 'known'
             -- Who may send by now could not when the batch was written: it was refused.
             WHEN k.result IS NULL THEN coalesce(nullif(i.standing, 'may_send'), 'stranger')
             WHEN k.operation = 'send_message' AND k.fingerprint = i.fingerprint THEN 'known'
             ELSE 'conflict' END,
        coalesce(k.result, l.id), l.seq, NULL::timestamptz
    FROM unnest(v_ids, p_senders, p_client_ids, p_fingerprints, v_standings) WITH ORDINALITY
        AS i (id, sender, key, fingerprint, standing, ord)
    LEFT JOIN foundation.idempotency_keys k ON k.user_id = i.sender AND k.key = i.key
    LEFT JOIN messages.locator l ON l.id = coalesce(k.result, i.id)
    WHERE v_fresh IS NULL OR i.id <> ALL (v_fresh);
END $$;

-- The same for a batch in which somebody may be answered or called: with what the triggers made of
-- each message that was stored, and a thread_updated for each thread, once, after all its answers.
-- A batch without an @ and without a parent never comes here.
CREATE FUNCTION messages.write_batch_in_full(
    p_writer text, p_batch bigint,
    p_conversations bigint[], p_senders bigint[], p_client_ids text[], p_fingerprints bytea[],
    p_types messages.message_type[], p_contents text[], p_parents bigint[]
) RETURNS TABLE (
    ord bigint, outcome text, id bigint, seq bigint, created_at timestamptz,
    parent_id bigint, mentions bigint[], audience messages.audience,
    -- of the thread, the same for all its answers in the batch
    rev bigint, reply_count integer, last_reply_at timestamptz, after_seq bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_rows messages.written[];
    v_thread record;
BEGIN
    SELECT array_agg(w) INTO v_rows
    FROM messages.write_batch(
        p_writer, p_batch, p_conversations, p_senders, p_client_ids, p_fingerprints, p_types,
        p_contents, p_parents) w;
    IF p_parents IS NOT NULL THEN
        FOR v_thread IN
            SELECT m.conversation_id, m.parent_id,
                (array_agg(m.sender_id ORDER BY m.seq DESC))[1] AS actor
            FROM unnest(v_rows) w
            JOIN messages.messages m
                ON m.conversation_id = p_conversations[w.ord] AND m.seq = w.seq
            WHERE w.outcome = 'stored' AND m.parent_id IS NOT NULL
            GROUP BY 1, 2 ORDER BY 1, 2
        LOOP
            PERFORM messages.number_thread(
                v_thread.conversation_id, v_thread.parent_id, v_thread.actor);
        END LOOP;
    END IF;
    RETURN QUERY
    SELECT w.ord, w.outcome, w.id, w.seq, w.created_at, m.parent_id, m.mentions, m.audience,
        t.rev, t.reply_count, t.last_reply_at, t.after_seq
    FROM unnest(v_rows) w
    LEFT JOIN messages.messages m
        ON w.outcome = 'stored' AND m.conversation_id = p_conversations[w.ord] AND m.seq = w.seq
    LEFT JOIN messages.threads_now(ARRAY(
            SELECT DISTINCT a.parent_id FROM unnest(v_rows) b
            JOIN messages.messages a
                ON a.conversation_id = p_conversations[b.ord] AND a.seq = b.seq
            WHERE b.outcome = 'stored' AND p_parents IS NOT NULL AND a.parent_id IS NOT NULL
        )) t ON t.root_id = m.parent_id;
END $$;
