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
    CONSTRAINT name_is_plain CHECK (name COLLATE "C" ~ '^[A-Za-z0-9_-]{1,64}$'),
    CONSTRAINT topic_is_short CHECK (char_length(topic) <= 250),
    CONSTRAINT direct_has_two_people CHECK (
        (kind = 'direct') = (low_user_id IS NOT NULL)
        AND (kind = 'direct') = (high_user_id IS NOT NULL)
        AND (kind <> 'direct' OR low_user_id < high_user_id)
    ),
    CONSTRAINT only_rooms_are_public CHECK (kind = 'room' OR visibility = 'private')
) WITH (fillfactor = 70); -- last_seq moves with every message: room for HOT updates

-- Collation "C": elsewhere "I" may have another small letter than "i".
CREATE UNIQUE INDEX room_names_are_unique
    ON conversations.conversations (lower(name COLLATE "C"));
CREATE UNIQUE INDEX one_chat_a_pair ON conversations.conversations (low_user_id, high_user_id);

CREATE TABLE conversations.members (
    conversation_id bigint NOT NULL REFERENCES conversations.conversations (id),
    user_id         bigint NOT NULL,
    role            conversations.member_role NOT NULL,
    -- Not now(): who waited for the conversation's lock joined after whom it waited for.
    joined_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
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

-- Who was once a member of a private room knows of it: leaving it again is harmless for them.
CREATE INDEX departures ON conversations.changes (conversation_id, subject)
    WHERE kind = 'member_left';

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

-- Locks conversations in id order, so that two nodes writing the same rooms cannot deadlock, and
-- keeps others from changing their members. Held to the commit.
CREATE FUNCTION conversations.hold(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM conversations.conversations c
    WHERE c.id = ANY (p_ids) ORDER BY c.id FOR NO KEY UPDATE;
END $$;

-- Reserves p_counts[i] numbers in conversation p_ids[i], which is held, and says when. The lock goes
-- with the commit, so numbers are committed in order and a rollback leaves no hole.
CREATE FUNCTION conversations.take_seqs(p_ids bigint[], p_counts integer[])
RETURNS TABLE (conversation_id bigint, first_seq bigint, at timestamptz) LANGUAGE sql AS $$
    UPDATE conversations.conversations c
    SET last_seq = c.last_seq + n.count,
        last_at = greatest(c.last_at, date_trunc('milliseconds', clock_timestamp()))
    FROM unnest(p_ids, p_counts) AS n (id, count)
    WHERE c.id = n.id
    RETURNING c.id, c.last_seq - n.count + 1, c.last_at
$$;

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

-- What a conversation is, NULL where there is none.
CREATE FUNCTION conversations.kind_of(p_id bigint) RETURNS conversations.kind
LANGUAGE sql STABLE AS $$
    SELECT c.kind FROM conversations.conversations c WHERE c.id = p_id
$$;

-- What a user is in a conversation: one row where the conversation exists, role NULL for a stranger.
CREATE FUNCTION conversations.place_of(p_id bigint, p_user bigint)
RETURNS TABLE (kind conversations.kind, role conversations.member_role, is_archived boolean)
LANGUAGE sql STABLE AS $$
    SELECT c.kind, m.role, c.archived_at IS NOT NULL
    FROM conversations.conversations c
    LEFT JOIN conversations.members m ON m.conversation_id = c.id AND m.user_id = p_user
    WHERE c.id = p_id
$$;

-- The newest numbers of a conversation, from one moment.
CREATE FUNCTION conversations.position_of(p_id bigint, OUT seq bigint, OUT rev bigint)
LANGUAGE sql STABLE AS $$
    SELECT c.last_seq, c.rev FROM conversations.conversations c WHERE c.id = p_id
$$;

-- One conversation as one user sees it. role and read_seq are null for a stranger.
CREATE TYPE conversations.view AS (
    id           bigint,
    kind         conversations.kind,
    name         text,
    visibility   conversations.visibility,
    topic        text,
    last_seq     bigint,
    rev          bigint,
    read_seq     bigint,
    member_count integer,
    created_at   timestamptz,
    role         conversations.member_role,
    archived     boolean,
    peer_id      bigint,
    peer_username     text,
    peer_display_name text,
    peer_role         text,
    peer_created_at   timestamptz
);

-- Those of the conversations that exist, whether or not the user is in them.
CREATE FUNCTION conversations.seen_by(p_user bigint, p_ids bigint[])
RETURNS SETOF conversations.view LANGUAGE sql STABLE AS $$
    WITH seen AS MATERIALIZED (
        SELECT c.*, m.role, m.read_seq,
            CASE p_user WHEN c.low_user_id THEN c.high_user_id
                        WHEN c.high_user_id THEN c.low_user_id END AS peer_id
        FROM conversations.conversations c
        LEFT JOIN conversations.members m ON m.conversation_id = c.id AND m.user_id = p_user
        WHERE c.id = ANY (p_ids)
    )
    SELECT s.id, s.kind, s.name, s.visibility, s.topic, s.last_seq, s.rev, s.read_seq,
        s.member_count, s.created_at, s.role, s.archived_at IS NOT NULL,
        p.id, p.username, p.display_name, p.role, p.created_at
    FROM seen s
    LEFT JOIN accounts.people_of(
        ARRAY(SELECT d.peer_id FROM seen d WHERE d.peer_id IS NOT NULL)) p ON p.id = s.peer_id
$$;

-- Locks a conversation until the transaction's end and shows it as it is then.
CREATE FUNCTION conversations.lock_and_see(p_id bigint, p_user bigint)
RETURNS SETOF conversations.view LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM conversations.conversations c WHERE c.id = p_id FOR NO KEY UPDATE;
    -- A statement of its own: it sees what was committed while the one above waited.
    RETURN QUERY SELECT * FROM conversations.seen_by(p_user, ARRAY[p_id]);
END $$;

-- Adds those who are not members yet, read up to now, and numbers each as a change. The caller has
-- locked the conversation.
CREATE FUNCTION conversations.admit(
    p_id bigint, p_users bigint[], p_role conversations.member_role, p_actor bigint
) RETURNS TABLE (user_id bigint, rev bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_new bigint[];
    v_rev bigint;
BEGIN
    WITH entered AS (
        INSERT INTO conversations.members AS m (conversation_id, user_id, role, read_seq)
        SELECT c.id, u.id, p_role, c.last_seq
        FROM conversations.conversations c, unnest(p_users) AS u (id)
        WHERE c.id = p_id
        ORDER BY u.id
        ON CONFLICT DO NOTHING
        RETURNING m.user_id
    )
    SELECT array_agg(e.user_id ORDER BY e.user_id) INTO v_new FROM entered e;
    IF v_new IS NULL THEN
        RETURN;
    END IF;
    UPDATE conversations.conversations c SET rev = c.rev + cardinality(v_new)
    WHERE c.id = p_id
    RETURNING c.rev - cardinality(v_new) INTO v_rev;
    RETURN QUERY
    INSERT INTO conversations.changes AS h (conversation_id, rev, kind, subject, actor_id)
    SELECT p_id, v_rev + n.nth, 'member_joined', n.id, p_actor
    FROM unnest(v_new) WITH ORDINALITY AS n (id, nth)
    RETURNING h.subject, h.rev;
END $$;
