-- Files: what is known of each, and of which message it is a part. The bytes lie elsewhere, by
-- storage_key.
CREATE SCHEMA IF NOT EXISTS files;

CREATE TYPE files.state AS ENUM (
    'arriving', 'quarantined', 'held', 'clean', 'refused', 'removed'
);

CREATE TABLE files.files (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uploader_id     bigint NOT NULL,
    name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 201),
    media_type      text NOT NULL,
    size_bytes      bigint NOT NULL CHECK (size_bytes > 0),
    sha256          bytea NOT NULL CHECK (octet_length(sha256) = 32),
    storage_key     text NOT NULL UNIQUE,
    state           files.state NOT NULL DEFAULT 'arriving',
    reason          text, -- a word: why it is held, or what was found in it
    width           integer,
    height          integer,
    thumbnail_bytes integer,
    conversation_id bigint,
    message_id      bigint,
    place           smallint, -- among the files of the message
    tries           integer NOT NULL DEFAULT 0,
    next_try_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at      timestamptz,
    purged_at       timestamptz, -- when the bytes were gone from where they lay
    CONSTRAINT posted_or_not CHECK (
        (conversation_id IS NULL) = (message_id IS NULL) AND (message_id IS NULL) = (place IS NULL)
    )
);

-- The quota: what a user's files take. The rows that count, and nothing else.
CREATE INDEX files_by_uploader ON files.files (uploader_id) INCLUDE (size_bytes)
    WHERE purged_at IS NULL;
CREATE UNIQUE INDEX files_of_a_message ON files.files (message_id, place)
    WHERE message_id IS NOT NULL;
CREATE INDEX files_to_look_at ON files.files (next_try_at) WHERE state = 'quarantined';
CREATE INDEX files_to_review ON files.files (id) WHERE state = 'held';
-- What the sweep goes through: what was never finished, never posted, or is no more.
CREATE INDEX files_to_purge ON files.files (created_at)
    WHERE purged_at IS NULL AND (message_id IS NULL OR state IN ('refused', 'removed'));

-- A file belongs to who brought it until it is posted, and from then on to the conversation.
SELECT foundation.protect(
    'files.files',
    $$state <> 'removed' AND state <> 'arriving' AND (
        (conversation_id IS NULL AND uploader_id = foundation.actor())
        OR conversation_id IN (SELECT conversations.of_actor()))$$);

-- Makes files part of messages, in the transaction that stores those; each array names one file a
-- place. The caller has asked files.may_attach, and holds the conversations.
CREATE FUNCTION files.attach(
    p_file_ids bigint[], p_message_ids bigint[], p_conversations bigint[], p_places smallint[]
) RETURNS void LANGUAGE sql AS $$
    UPDATE files.files f
    SET message_id = i.message_id, conversation_id = i.conversation_id, place = i.place
    FROM unnest(p_file_ids, p_message_ids, p_conversations, p_places)
        AS i (file_id, message_id, conversation_id, place)
    WHERE f.id = i.file_id
$$;

-- Whether the user may post these files now: all of them theirs, there, and in no message yet. Locks
-- them, so that it stays so until the commit.
CREATE FUNCTION files.may_attach(p_user bigint, p_file_ids bigint[]) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM files.files f WHERE f.id = ANY (p_file_ids) ORDER BY f.id FOR NO KEY UPDATE;
    -- A statement of its own: it sees what was committed while the one above waited.
    RETURN cardinality(p_file_ids) = (
        SELECT count(*) FROM files.files f
        WHERE f.id = ANY (p_file_ids) AND f.uploader_id = p_user AND f.message_id IS NULL
            AND f.state IN ('quarantined', 'held', 'clean'));
END $$;

-- The files of messages, as those show them.
CREATE FUNCTION files.of_messages(p_message_ids bigint[]) RETURNS TABLE (
    message_id bigint, id bigint, name text, media_type text, size_bytes bigint, state files.state,
    width integer, height integer, has_thumbnail boolean
) LANGUAGE sql STABLE AS $$
    SELECT f.message_id, f.id, f.name, f.media_type, f.size_bytes, f.state, f.width, f.height,
        f.thumbnail_bytes IS NOT NULL
    FROM files.files f
    WHERE f.message_id = ANY (p_message_ids) AND f.state <> 'removed'
    ORDER BY f.message_id, f.place
$$;

-- Takes the files of a message away with it: from the commit on nobody gets them, and the sweep
-- removes the bytes.
CREATE FUNCTION files.remove_of(p_message_id bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE files.files f SET state = 'removed', name = 'file', reason = NULL
    WHERE f.message_id = p_message_id AND f.state <> 'removed'
$$;

-- Gives a file another state: what was found in one that waited, or that it is removed. Numbered as a
-- change of its conversation where it is posted and looks different. NULL: it was posted meanwhile;
-- roll back and call again.
--
-- The conversation's row comes first, as everywhere: whoever posts a file holds that and waits for
-- the file's. So it is not taken while the file's is held.
CREATE FUNCTION files.settle(
    p_id bigint, p_state files.state, p_reason text, p_width integer, p_height integer,
    p_thumbnail_bytes integer, OUT is_settled boolean, OUT rev bigint, OUT last_seq bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_conversation bigint;
    v_before files.files;
BEGIN
    SELECT f.conversation_id INTO v_conversation FROM files.files f WHERE f.id = p_id;
    IF v_conversation IS NOT NULL THEN
        PERFORM conversations.hold(ARRAY[v_conversation]);
    END IF;
    SELECT * INTO v_before FROM files.files f WHERE f.id = p_id FOR NO KEY UPDATE;
    IF v_before.conversation_id IS DISTINCT FROM v_conversation THEN
        RETURN;
    END IF;
    is_settled := CASE p_state WHEN 'removed' THEN v_before.state <> 'removed'
                               ELSE v_before.state IN ('quarantined', 'held') END;
    IF NOT is_settled THEN
        RETURN;
    END IF;
    UPDATE files.files f
    SET state = p_state, reason = p_reason, settled_at = clock_timestamp(), next_try_at = NULL,
        name = CASE p_state WHEN 'removed' THEN 'file' ELSE f.name END,
        width = coalesce(p_width, f.width), height = coalesce(p_height, f.height),
        thumbnail_bytes = coalesce(p_thumbnail_bytes, f.thumbnail_bytes)
    WHERE f.id = p_id;
    -- What is held looks as before to everybody.
    IF v_conversation IS NOT NULL AND p_state <> 'held' THEN
        SELECT t.rev, t.last_seq INTO rev, last_seq
        FROM conversations.take_rev(
            v_conversation, 'message_files', v_before.message_id, v_before.uploader_id) t;
    END IF;
END $$;
