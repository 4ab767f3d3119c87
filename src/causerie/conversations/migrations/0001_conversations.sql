-- Conversations, their members, and the numbered changes that are not messages.
CREATE SCHEMA IF NOT EXISTS conversations;

CREATE TYPE conversations.kind AS ENUM ('room', 'direct', 'thread');
CREATE TYPE conversations.visibility AS ENUM ('public', 'private');
CREATE TYPE conversations.member_role AS ENUM ('owner', 'admin', 'member', 'read_only');

CREATE TABLE conversations.conversations (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         conversations.kind NOT NULL,
    visibility   conversations.visibility NOT NULL,
    name         text,
    topic        text NOT NULL DEFAULT '',
    -- The two people of a direct chat, the lower id first, so that a pair has one chat.
    low_user_id  bigint,
    high_user_id bigint,
    creator_id   bigint NOT NULL,
    member_count integer NOT NULL DEFAULT 0 CHECK (member_count >= 0),
    last_seq     bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    rev          bigint NOT NULL DEFAULT 0 CHECK (rev >= 0),
    -- When the newest message was stored; what keeps created_at from going back with the clock.
    last_at      timestamptz NOT NULL DEFAULT '-infinity',
    created_at   timestamptz NOT NULL DEFAULT now(),
    archived_at  timestamptz,
    CONSTRAINT room_has_a_name CHECK ((kind = 'room') = (name IS NOT NULL)),
    CONSTRAINT name_is_plain CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
    CONSTRAINT topic_is_short CHECK (char_length(topic) <= 250),
    CONSTRAINT direct_has_two_people CHECK (
        (kind = 'direct') = (low_user_id IS NOT NULL)
        AND (kind = 'direct') = (high_user_id IS NOT NULL)
        AND (kind <> 'direct' OR low_user_id < high_user_id)
    ),
    CONSTRAINT only_rooms_are_public CHECK (kind = 'room' OR visibility = 'private')
) WITH (fillfactor = 70); -- last_seq moves with every message: room for HOT updates

CREATE UNIQUE INDEX room_names_are_unique ON conversations.conversations (lower(name));
CREATE UNIQUE INDEX one_chat_a_pair ON conversations.conversations (low_user_id, high_user_id);

CREATE TABLE conversations.members (
    conversation_id bigint NOT NULL REFERENCES conversations.conversations (id),
    user_id         bigint NOT NULL,
    role            conversations.member_role NOT NULL,
    joined_at       timestamptz NOT NULL DEFAULT now(),
    read_seq        bigint NOT NULL DEFAULT 0 CHECK (read_seq >= 0),
    PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 70); -- read_seq moves with every message of its user

CREATE INDEX members_by_user ON conversations.members (user_id, conversation_id);

-- Every lasting change that is not a new message, numbered 1, 2, 3 ... per conversation, so that a
-- reader who was away is told of each (PROTOCOL: rev). subject is a message's or a user's id.
CREATE TABLE conversations.changes (
    conversation_id bigint NOT NULL REFERENCES conversations.conversations (id),
    rev             bigint NOT NULL,
    kind            text NOT NULL,
    subject         bigint NOT NULL,
    actor_id        bigint NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (conversation_id, rev)
);

-- The member count is kept where the members are written, once a statement.
CREATE FUNCTION conversations.count_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE conversations.conversations c SET member_count = c.member_count + n.count
        FROM (SELECT conversation_id, count(*) FROM touched GROUP BY 1) n
        WHERE c.id = n.conversation_id;
    ELSE
        UPDATE conversations.conversations c SET member_count = c.member_count - n.count
        FROM (SELECT conversation_id, count(*) FROM touched GROUP BY 1) n
        WHERE c.id = n.conversation_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER members_added AFTER INSERT ON conversations.members
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION conversations.count_members();
CREATE TRIGGER members_removed AFTER DELETE ON conversations.members
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION conversations.count_members();

-- Reserves p_counts[i] numbers in conversation p_ids[i] and says when. The rows are locked in id
-- order, so that two nodes writing the same rooms cannot deadlock; the lock is held to the commit,
-- so numbers are committed in order and a rollback leaves no hole.
CREATE FUNCTION conversations.take_seqs(p_ids bigint[], p_counts integer[])
RETURNS TABLE (conversation_id bigint, first_seq bigint, at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM conversations.conversations c
    WHERE c.id = ANY (p_ids) ORDER BY c.id FOR NO KEY UPDATE;
    RETURN QUERY
    UPDATE conversations.conversations c
    SET last_seq = c.last_seq + n.count,
        last_at = greatest(c.last_at, date_trunc('milliseconds', clock_timestamp()))
    FROM unnest(p_ids, p_counts) AS n (id, count)
    WHERE c.id = n.id
    RETURNING c.id, c.last_seq - n.count + 1, c.last_at;
END $$;

-- Records one change and gives its number, and the newest seq at that moment. Call it before other
-- rows of the conversation are locked: the conversation's row comes first everywhere.
CREATE FUNCTION conversations.take_rev(
    p_id bigint, p_kind text, p_subject bigint, p_actor bigint, OUT rev bigint, OUT last_seq bigint
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations.conversations c SET rev = c.rev + 1
    WHERE c.id = p_id
    RETURNING c.rev, c.last_seq INTO rev, last_seq;
    INSERT INTO conversations.changes (conversation_id, rev, kind, subject, actor_id)
    VALUES (p_id, take_rev.rev, p_kind, p_subject, p_actor);
END $$;

-- What each (conversation, user) pair may do, in the order given: 'may_send', 'read_only',
-- 'archived' or 'stranger'. One call a batch.
CREATE FUNCTION conversations.standings(p_conversations bigint[], p_users bigint[])
RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(
        CASE WHEN m.role IS NULL THEN 'stranger'
             WHEN c.archived_at IS NOT NULL THEN 'archived'
             WHEN m.role = 'read_only' THEN 'read_only'
             ELSE 'may_send' END
        ORDER BY i.ord)
    FROM unnest(p_conversations, p_users) WITH ORDINALITY AS i (conversation_id, user_id, ord)
    LEFT JOIN conversations.members m
        ON m.conversation_id = i.conversation_id AND m.user_id = i.user_id
    LEFT JOIN conversations.conversations c ON c.id = i.conversation_id
$$;

-- Moves read positions forward, never back. One row a pair: the caller takes the newest of each.
CREATE FUNCTION conversations.move_read(p_conversations bigint[], p_users bigint[], p_seqs bigint[])
RETURNS void LANGUAGE sql AS $$
    UPDATE conversations.members m SET read_seq = n.seq
    FROM unnest(p_conversations, p_users, p_seqs) AS n (conversation_id, user_id, seq)
    WHERE m.conversation_id = n.conversation_id AND m.user_id = n.user_id AND m.read_seq < n.seq
$$;
