-- Two-factor authentication, when a session's user last proved who they are, and counts of guesses.

-- An authenticator. Its secret is sealed under the master key, bound to the row.
CREATE TABLE accounts.authenticators (
    user_id      bigint PRIMARY KEY REFERENCES accounts.users (id) ON DELETE CASCADE,
    sealed       bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    -- Asked for at logins from here on; none: only proposed.
    confirmed_at timestamptz
);

-- Each time step opens something once. All of the last week and not just the latest one: a clock
-- that was days ahead for a moment would lock its users out until time has come so far.
CREATE TABLE accounts.spent_steps (
    user_id bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    step    bigint NOT NULL,
    PRIMARY KEY (user_id, step)
);

CREATE INDEX spent_steps_by_age ON accounts.spent_steps (step);

-- The codes that are left; a spent one is gone. Only hashes.
CREATE TABLE accounts.backup_codes (
    user_id   bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- When guesses at an account were evaluated, the last few only.
CREATE TABLE accounts.attempts (
    user_id bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    tried   text NOT NULL,
    times   timestamptz[] NOT NULL,
    PRIMARY KEY (user_id, tried)
);

-- Sensitive actions ask for this to be recent. None: the operator made the session, or it is of a
-- system that shares our secret.
ALTER TABLE accounts.sessions
    ADD COLUMN authenticated_at timestamptz,
    ADD COLUMN device_name text NOT NULL DEFAULT '';
