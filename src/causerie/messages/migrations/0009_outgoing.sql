-- Messages that wait to be sent: what users schedule, and what other slices' transactions have to say
-- (a refund tells the customer of itself). Written with the work that needs it; the writer sends it,
-- once: the row is known by its key, and the send claims that key for its sender.
CREATE TYPE messages.outgoing_state AS ENUM ('waiting', 'sent', 'refused', 'cancelled');

CREATE TABLE messages.outgoing (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What this is, for good: the same key again is the same message.
    key             text NOT NULL UNIQUE CHECK (key ~ '^[[:graph:]]{1,128}$'),
    conversation_id bigint NOT NULL,
    kind            conversations.kind NOT NULL, -- for who is out of it by then, and may not ask
    sender_id       bigint NOT NULL,
    -- By its sender, who sees it, may change it, and is told what came of it. Else it is the server's
    -- word: nobody filters it.
    is_scheduled    boolean NOT NULL,
    message_type    messages.message_type NOT NULL,
    content         text NOT NULL, -- empty once it is sent or cancelled
    parent_id       bigint,
    due_at          timestamptz NOT NULL,
    state           messages.outgoing_state NOT NULL DEFAULT 'waiting',
    message_id      bigint, -- of what was sent
    -- Why it was not sent, in the words of an error.
    code            text,
    reason          text,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT what_was_sent_is_named CHECK ((state = 'sent') = (message_id IS NOT NULL)),
    CONSTRAINT a_refusal_says_why CHECK ((state = 'refused') = (code IS NOT NULL))
);

CREATE INDEX outgoing_due ON messages.outgoing (due_at, id) WHERE state = 'waiting';
CREATE INDEX outgoing_of_sender ON messages.outgoing (sender_id, due_at, id)
    WHERE is_scheduled AND state IN ('waiting', 'refused');

SELECT foundation.protect(
    'messages.outgoing', 'is_scheduled AND sender_id = foundation.actor()');

-- Has a message sent once this transaction is committed, or at p_due_at; for the transactions of other
-- slices. Repeating it under the same key does nothing. The sender must be able to write there then.
CREATE FUNCTION messages.send_once(
    p_key text, p_conversation bigint, p_sender bigint, p_content text,
    p_type messages.message_type DEFAULT 'text', p_due_at timestamptz DEFAULT now()
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO messages.outgoing
        (key, conversation_id, kind, sender_id, is_scheduled, message_type, content, due_at)
    VALUES (p_key, p_conversation, conversations.kind_of(p_conversation), p_sender, false, p_type,
        p_content, p_due_at)
    ON CONFLICT (key) DO NOTHING
$$;
