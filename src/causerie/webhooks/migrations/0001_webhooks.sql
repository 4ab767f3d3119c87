-- Where events go, what has become of each on its way, and where messages come in.
CREATE SCHEMA IF NOT EXISTS webhooks;

CREATE TABLE webhooks.endpoints (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id  bigint, -- NULL: all rooms
    place            text,   -- the conversation as the wire names it
    url              text NOT NULL,
    kinds            text[], -- NULL: all
    description      text NOT NULL,
    -- Sealed under the master key, for this row.
    secret           bytea,
    old_secret       bytea,
    old_secret_until timestamptz,
    created_by       bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    is_enabled       boolean NOT NULL DEFAULT true,
    failing_since    timestamptz,
    disabled_at      timestamptz,
    disabled_reason  text
);

CREATE INDEX endpoints_by_conversation ON webhooks.endpoints (conversation_id);

-- Up to where a conversation's events have been turned into deliveries. Only of conversations that an
-- endpoint is about; of those for which all rooms are wanted, a missing row is a room made since.
CREATE TABLE webhooks.cursors (
    conversation_id bigint PRIMARY KEY,
    seq             bigint NOT NULL,
    rev             bigint NOT NULL
);

-- What happened is named by its number and read when it is sent: what was deleted meanwhile stays so.
CREATE TABLE webhooks.deliveries (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id     bigint NOT NULL REFERENCES webhooks.endpoints (id) ON DELETE CASCADE,
    kind            text NOT NULL,
    conversation_id bigint,
    seq             bigint,
    rev             bigint,
    created_at      timestamptz NOT NULL,
    status          text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'delivered', 'dead', 'skipped')),
    attempts        integer NOT NULL DEFAULT 0,
    last_at         timestamptz,
    last_status     integer, -- of HTTP
    last_error      text,
    took_ms         integer
);

CREATE INDEX deliveries_by_endpoint ON webhooks.deliveries (endpoint_id, id);
CREATE INDEX deliveries_by_time ON webhooks.deliveries (created_at);

CREATE TABLE webhooks.incoming (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL,
    place           text NOT NULL,
    user_id         bigint NOT NULL, -- the bot that speaks
    name            text NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    token           bytea, -- sealed, for who manages the conversation
    created_by      bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz,
    revoked_at      timestamptz
);

CREATE INDEX incoming_by_conversation ON webhooks.incoming (conversation_id);

-- Whose they are is asked of conversations, in the doors; no reader has any business here.
SELECT foundation.protect('webhooks.endpoints');
SELECT foundation.protect('webhooks.cursors');
SELECT foundation.protect('webhooks.deliveries');
SELECT foundation.protect('webhooks.incoming');
