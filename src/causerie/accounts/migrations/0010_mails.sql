-- Letters that wait to be sent, and what they carry to set a forgotten password anew.

CREATE TABLE accounts.mails (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    -- A user's id, or the username or address that somebody typed.
    about      text NOT NULL,
    due_at     timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts   integer NOT NULL DEFAULT 0
);

-- Who asks twice before the first letter has gone gets one.
CREATE UNIQUE INDEX mails_wait_once ON accounts.mails (kind, about);
CREATE INDEX mails_by_turn ON accounts.mails (due_at, id);

CREATE TABLE accounts.reset_tokens (
    token_hash bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE INDEX reset_tokens_by_user ON accounts.reset_tokens (user_id);
CREATE INDEX reset_tokens_by_expiry ON accounts.reset_tokens (expires_at);
