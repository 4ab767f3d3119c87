-- What a person's devices hold in common.
CREATE SCHEMA IF NOT EXISTS receipts;

CREATE TABLE receipts.preferences (
    user_id    bigint NOT NULL,
    key        text NOT NULL CHECK (char_length(key) <= 64),
    value      jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);

-- What somebody has begun to write. An empty one was sent or thrown away; it stays for some days, so
-- that an older text of another device does not come back.
CREATE TABLE receipts.drafts (
    user_id         bigint NOT NULL,
    conversation_id bigint NOT NULL,
    root_id         bigint NOT NULL, -- the first message of a thread; 0: in the conversation itself
    kind            conversations.kind NOT NULL,
    content         text NOT NULL,
    written_at      timestamptz NOT NULL,
    PRIMARY KEY (user_id, conversation_id, root_id)
);

SELECT foundation.protect('receipts.preferences', 'user_id = foundation.actor()');
-- Who is out of a conversation has no draft there.
SELECT foundation.protect(
    'receipts.drafts',
    'user_id = foundation.actor() AND conversation_id IN (SELECT conversations.of_actor())');
