-- A batch repeats by its own number, not by a key for each send in it.
DROP FUNCTION messages.write_batch(
    bigint[], bigint[], text[], bytea[], messages.message_type[], text[], text[]);

-- The latest batch of each writer: a process repeats the batch whose answer it lost, and no other,
-- so that one row is enough to know it by. Only clients' keys are kept for good.
CREATE TABLE messages.writers (
    name       text PRIMARY KEY,
    batch      bigint NOT NULL,
    ids        bigint[] NOT NULL, -- of the sends of the batch, in its order, refused ones included
    written_at timestamptz NOT NULL
) WITH (fillfactor = 50);
ALTER TABLE messages.writers ALTER COLUMN ids SET STORAGE EXTERNAL;

-- Stores a batch of sends and says, in the order given, what became of each: 'stored', 'known' (the
-- key was used for the same send before: id and seq are the first one's), 'conflict' (the key was
-- used for something else), or the sender's standing where it may not send.
--
-- p_client_ids are the keys that clients gave, NULL where there is none. p_batch grows with each
-- batch of the writer; the same number means the same batch once more, whose answer was lost.
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
    p_types messages.message_type[], p_contents text[]
) RETURNS TABLE (ord bigint, outcome text, id bigint, seq bigint, created_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
    v_standings text[];
    v_fresh bigint[];
    v_stored bigint;
    v_is_new boolean;
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
            FROM unnest(v_ids, p_conversations, p_senders, p_types, p_contents, p_client_ids)
                WITH ORDINALITY
                AS i (id, conversation_id, sender, type, content, client_id, ord)
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
                (conversation_id, seq, id, sender_id, message_type, content, client_id, created_at)
            SELECT p.conversation_id, p.seq, p.id, p.sender, p.type, p.content, p.client_id, p.at
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
