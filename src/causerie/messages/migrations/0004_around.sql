-- What is around a message: its thread, its reactions and mentions, and whether it is pinned. All of
-- it is NULL for most messages and costs them nothing then; a page of history reads one row a
-- message. Triggers keep what is counted.
ALTER TABLE messages.messages
    ADD COLUMN parent_id     bigint,      -- of the first message of the thread that this one answers in
    ADD COLUMN reply_count   integer,     -- undeleted messages of the thread; NULL: there is none
    ADD COLUMN last_reply_at timestamptz,
    ADD COLUMN participants  bigint[],    -- who answered, in the order in which they came
    ADD COLUMN mentions      bigint[],    -- who is named in the content
    ADD COLUMN reactions     jsonb,       -- [{"emoji", "count"}], in the order in which they came
    ADD COLUMN pinned_at     timestamptz,
    ADD COLUMN pinned_by     bigint;

ALTER TABLE messages.messages
    DROP CONSTRAINT a_tombstone_says_nothing,
    ADD CONSTRAINT a_tombstone_says_nothing CHECK (
        deleted_at IS NULL
        OR (content = '' AND mentions IS NULL AND reactions IS NULL AND pinned_at IS NULL));

-- Who reacted with what. The sums stand on the message's row.
CREATE TABLE messages.reactions (
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL, -- of the message
    user_id         bigint NOT NULL,
    emoji           text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (conversation_id, seq, user_id, emoji)
);
SELECT foundation.protect(
    'messages.reactions', 'conversation_id IN (SELECT conversations.of_actor())');
