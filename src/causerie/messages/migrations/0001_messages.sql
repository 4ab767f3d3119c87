-- Messages, how to find one by its id alone, what they said before an edit, and how a batch of them
-- is written.
CREATE SCHEMA IF NOT EXISTS messages;

CREATE TYPE messages.message_type AS ENUM ('text', 'file', 'system');
CREATE SEQUENCE messages.ids AS bigint;

-- The key leads with the conversation, so that the table can be partitioned or sharded by it without
-- changing a key.
CREATE TABLE messages.messages (
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL CHECK (seq > 0),
    id              bigint NOT NULL,
    sender_id       bigint NOT NULL,
    message_type    messages.message_type NOT NULL,
    content         text NOT NULL,
    client_id       text, -- as the sender gave it; keys that the server made are not shown
    created_at      timestamptz NOT NULL,
    edited_at       timestamptz,
    deleted_at      timestamptz,
    PRIMARY KEY (conversation_id, seq),
    CONSTRAINT a_tombstone_says_nothing CHECK (deleted_at IS NULL OR content = '')
);

CREATE TABLE messages.locator (
    id              bigint PRIMARY KEY,
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL
);

-- What a message said before each edit and before its deletion.
CREATE TABLE messages.edits (
    message_id bigint NOT NULL,
    rev        bigint NOT NULL, -- the conversation's rev of the edit that replaced this content
    content    text NOT NULL,
    editor_id  bigint NOT NULL,
    edited_at  timestamptz NOT NULL,
    PRIMARY KEY (message_id, rev)
);

-- Stores a batch of sends and says, in the order given, what became of each: 'stored', 'known' (the
-- key was used for the same send before: id and seq are the first one's), 'conflict' (the key was
-- used for something else), or the sender's standing where it may not send.
--
-- One call is one transaction and one round trip. Each statement below sees what was committed
-- before it began (READ COMMITTED, VOLATILE), which the order of the steps relies on:
--   1. The lock that a ban takes exclusively: no send of a banned user commits after the ban.
--   2. Keys before conversations, as in every other write: a batch and a change that have a key in
--      common would else wait for each other, and all sends with them. Sorted, so that two nodes
--      with the same keys wait for each other in one direction only. Keys before numbers, too: only
--      what is new is counted, so that seq has no holes.
--   3. Standings, once more, since the caches in front may be a batch old, and under the
--      conversations' locks: who was put out sends nothing after that. Their keys stay free.
--   4. Numbers.
--   5. Twins last and in a statement of their own, which sees the commit that step 2 waited for.
CREATE FUNCTION messages.write_batch(
    p_conversations bigint[], p_senders bigint[], p_keys text[], p_fingerprints bytea[],
    p_types messages.message_type[], p_contents text[], p_client_ids text[]
) RETURNS TABLE (ord bigint, outcome text, id bigint, seq bigint, created_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
    v_standings text[];
    v_fresh bigint[];
    v_stored bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('causerie.sanctions'));

    SELECT array_agg(nextval('messages.ids')) INTO v_ids FROM unnest(p_senders);
    WITH claimed AS (
        INSERT INTO foundation.idempotency_keys AS k (user_id, key, operation, fingerprint, result)
        SELECT i.sender, i.key, 'send_message', i.fingerprint, i.id
        FROM unnest(p_senders, p_keys, p_fingerprints, v_ids)
            AS i (sender, key, fingerprint, id)
        ORDER BY i.sender, i.key
        ON CONFLICT DO NOTHING
        RETURNING k.result
    )
    SELECT array_agg(c.result) INTO v_fresh FROM claimed c;

    PERFORM conversations.hold(p_conversations);
    v_standings := conversations.standings(p_conversations, p_senders);
    IF 'may_send' <> ANY (v_standings) THEN
        WITH refused AS (
            DELETE FROM foundation.idempotency_keys k
            USING unnest(p_senders, p_keys, v_ids, v_standings) AS i (sender, key, id, standing)
            WHERE k.user_id = i.sender AND k.key = i.key AND k.result = i.id
                AND i.id = ANY (v_fresh) AND i.standing <> 'may_send'
            RETURNING k.result
        )
        SELECT array_agg(f.id) INTO v_fresh
        FROM unnest(v_fresh) AS f (id)
        WHERE NOT EXISTS (SELECT FROM refused r WHERE r.result = f.id);
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
        CASE WHEN k.result IS NULL AND i.standing <> 'may_send' THEN i.standing
             WHEN k.operation = 'send_message' AND k.fingerprint = i.fingerprint THEN 'known'
             ELSE 'conflict' END,
        k.result, l.seq, NULL::timestamptz
    FROM unnest(v_ids, p_senders, p_keys, p_fingerprints, v_standings) WITH ORDINALITY
        AS i (id, sender, key, fingerprint, standing, ord)
    LEFT JOIN foundation.idempotency_keys k ON k.user_id = i.sender AND k.key = i.key
    LEFT JOIN messages.locator l ON l.id = k.result
    WHERE v_fresh IS NULL OR NOT EXISTS (SELECT 1 FROM unnest(v_fresh) f (id) WHERE f.id = i.id);
END $$;
