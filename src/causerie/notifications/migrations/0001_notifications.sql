-- What users are told beside the stream of their conversations, and how they want to be told.
CREATE SCHEMA IF NOT EXISTS notifications;

CREATE TABLE notifications.notices (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id         bigint NOT NULL,
    kind            text NOT NULL,
    conversation_id bigint,
    seq             bigint,
    message_id      bigint,
    actor_id        bigint,
    words           text, -- of what is no message
    created_at      timestamptz NOT NULL,
    read_at         timestamptz,
    mailed_at       timestamptz
);

CREATE INDEX notices_of_user ON notifications.notices (user_id, id);
CREATE INDEX notices_unread ON notifications.notices (user_id, conversation_id, seq)
    WHERE read_at IS NULL;
CREATE INDEX notices_by_time ON notifications.notices (created_at);
-- Somebody is told of a message once, whatever it is to them.
CREATE UNIQUE INDEX notices_once ON notifications.notices (user_id, message_id)
    WHERE message_id IS NOT NULL;

CREATE TABLE notifications.levels (
    user_id         bigint NOT NULL,
    conversation_id bigint NOT NULL,
    level           text CHECK (level IN ('all', 'mentions', 'none')), -- NULL: as without the row
    muted_until     timestamptz,
    PRIMARY KEY (user_id, conversation_id)
);

CREATE INDEX levels_all ON notifications.levels (conversation_id) WHERE level = 'all';

CREATE TABLE notifications.preferences (
    user_id     bigint PRIMARY KEY,
    quiet_from  time, -- both or neither, in the zone
    quiet_to    time,
    time_zone   text NOT NULL DEFAULT 'UTC',
    digest      boolean NOT NULL DEFAULT true,
    unsubscribe bytea, -- hash of what stands in the latest letter
    digest_at   timestamptz
);

CREATE TABLE notifications.subscriptions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL,
    endpoint   text NOT NULL,
    p256dh     text NOT NULL,
    auth       text NOT NULL,
    device     text NOT NULL,
    created_at timestamptz NOT NULL
);

-- A browser has one subscription; who logs in on it after another takes it over.
CREATE UNIQUE INDEX subscriptions_once ON notifications.subscriptions (sha256(endpoint::bytea));
CREATE INDEX subscriptions_by_user ON notifications.subscriptions (user_id);

-- Up to where the messages of a conversation have been looked at: of direct chats, and of rooms of
-- which somebody wants to be told everything.
CREATE TABLE notifications.cursors (
    conversation_id bigint PRIMARY KEY,
    seq             bigint NOT NULL
);

-- The key by which push services know this server; sealed.
CREATE TABLE notifications.keys (
    id      integer PRIMARY KEY CHECK (id = 1),
    private bytea NOT NULL
);

-- The end of somebody's quiet hours where they are quiet at that moment, else NULL. The zone's own
-- clock decides, so that a change of summer time moves nothing.
CREATE FUNCTION notifications.quiet_until(
    p_from time, p_to time, p_zone text, p_at timestamptz
) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_from IS NULL OR p_from = p_to THEN NULL
        WHEN p_from < p_to AND l.now::time >= p_from AND l.now::time < p_to
            THEN (l.now::date + p_to) AT TIME ZONE p_zone
        WHEN p_from > p_to AND l.now::time >= p_from
            THEN (l.now::date + 1 + p_to) AT TIME ZONE p_zone
        WHEN p_from > p_to AND l.now::time < p_to
            THEN (l.now::date + p_to) AT TIME ZONE p_zone
    END
    FROM (SELECT p_at AT TIME ZONE p_zone AS now) l
$$;

SELECT foundation.protect('notifications.notices', 'user_id = foundation.actor()');
SELECT foundation.protect('notifications.levels', 'user_id = foundation.actor()');
SELECT foundation.protect('notifications.preferences');
SELECT foundation.protect('notifications.subscriptions');
SELECT foundation.protect('notifications.cursors');
SELECT foundation.protect('notifications.keys');
