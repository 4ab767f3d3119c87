-- Files of messages: as they are shown, on the row; NULL for most messages, which pay nothing for it.
ALTER TABLE messages.messages ADD COLUMN files jsonb;

-- Keeps the row as its files are. Whoever changes a posted file holds the conversation (files.settle).
CREATE FUNCTION messages.show_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE messages.messages m SET files = files.shown(NEW.message_id)
    FROM messages.locator l
    WHERE l.id = NEW.message_id AND m.conversation_id = l.conversation_id AND m.seq = l.seq
        AND m.deleted_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER shown_in_messages AFTER UPDATE OF state ON files.files
    FOR EACH ROW WHEN (OLD.message_id IS NOT NULL AND OLD.state <> NEW.state)
    EXECUTE FUNCTION messages.show_files();

-- With a message go its files. Before: the row shows none; after: it is a tombstone already, and
-- messages.show_files leaves it alone.
CREATE FUNCTION messages.hide_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.files := NULL;
    RETURN NEW;
END $$;
CREATE FUNCTION messages.remove_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM files.remove_of(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER files_hidden BEFORE UPDATE OF deleted_at ON messages.messages
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.files IS NOT NULL)
    EXECUTE FUNCTION messages.hide_files();
CREATE TRIGGER files_removed AFTER UPDATE OF deleted_at ON messages.messages
    FOR EACH ROW WHEN (
        OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL AND OLD.message_type = 'file')
    EXECUTE FUNCTION messages.remove_files();

DROP FUNCTION messages.write_batch_in_full(
    text, bigint, bigint[], bigint[], text[], bytea[], messages.message_type[], text[], bigint[]);
DROP FUNCTION messages.write_batch(
    text, bigint, bigint[], bigint[], text[], bytea[], messages.message_type[], text[], bigint[]);

-- Stores a batch of sends and says, in the order given, what became of each: 'stored', 'known' (the
-- key was used for the same send before: id and seq are the first one's), 'conflict' (the key was
-- used for something else), or the sender's standing where it may not send.
--
-- p_client_ids are the keys that clients gave, NULL where there is none. p_batch grows with each
-- batch of the writer; the same number means the same batch once more, whose answer was lost.
-- p_parents are the messages that are answered to, NULL as a whole where there are none: then nothing
-- is asked about them. An answer to an answer is one to the first message of the thread. 'no_parent'
-- and 'parent_deleted' are standings, too: the thread is looked at under the conversations' locks.
-- p_files are the ids of each message's files as the text of an array, NULL as a whole where there are
-- none. They are locked after the conversations, as everywhere; 'no_files' is a standing, too.
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
    p_types messages.message_type[], p_contents text[], p_parents bigint[] DEFAULT NULL,
    p_files text[] DEFAULT NULL
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
    IF p_files IS NOT NULL THEN
        SELECT array_agg(
            CASE WHEN i.standing <> 'may_send' OR i.files IS NULL THEN i.standing
                 -- A file is in one message: the first of the batch has it.
                 WHEN EXISTS (
                     SELECT FROM unnest(p_files, v_ids) WITH ORDINALITY AS e (files, id, ord)
                     WHERE e.ord < i.ord AND e.id = ANY (v_fresh)
                         AND e.files::bigint[] && i.files::bigint[])
                 THEN 'no_files'
                 WHEN files.may_attach(i.sender, i.files::bigint[]) THEN i.standing
                 ELSE 'no_files' END
            ORDER BY i.ord)
        INTO v_standings
        FROM unnest(p_senders, p_files, v_standings) WITH ORDINALITY
            AS i (sender, files, standing, ord);
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

    IF p_files IS NOT NULL AND v_fresh IS NOT NULL THEN
        PERFORM files.attach(
            array_agg(f.id), array_agg(i.id), array_agg(i.conversation_id),
            array_agg(f.place::smallint))
        FROM unnest(v_ids, p_conversations, p_files) AS i (id, conversation_id, files),
            unnest(i.files::bigint[]) WITH ORDINALITY AS f (id, place)
        WHERE i.id = ANY (v_fresh);
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
                 parent_id, files)
            SELECT p.conversation_id, p.seq, p.id, p.sender, p.type, p.content, p.client_id, p.at,
                p.root, CASE p.type WHEN 'file' THEN files.shown(p.id) END
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

-- The same for a batch in which somebody may be answered or called, or files are: with what the triggers made of
-- each message that was stored, and a thread_updated for each thread, once, after all its answers.
-- A batch without an @, a parent or a file never comes here.
CREATE FUNCTION messages.write_batch_in_full(
    p_writer text, p_batch bigint,
    p_conversations bigint[], p_senders bigint[], p_client_ids text[], p_fingerprints bytea[],
    p_types messages.message_type[], p_contents text[], p_parents bigint[],
    p_files text[]
) RETURNS TABLE (
    ord bigint, outcome text, id bigint, seq bigint, created_at timestamptz,
    parent_id bigint, mentions bigint[], audience messages.audience,
    -- of the thread, the same for all its answers in the batch
    rev bigint, reply_count integer, last_reply_at timestamptz, after_seq bigint,
    files text
) LANGUAGE plpgsql AS $$
DECLARE
    v_rows messages.written[];
    v_thread record;
BEGIN
    SELECT array_agg(w) INTO v_rows
    FROM messages.write_batch(
        p_writer, p_batch, p_conversations, p_senders, p_client_ids, p_fingerprints, p_types,
        p_contents, p_parents, p_files) w;
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
        t.rev, t.reply_count, t.last_reply_at, t.after_seq, m.files::text
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
