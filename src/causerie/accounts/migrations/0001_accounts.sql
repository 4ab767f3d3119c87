-- Who there is, what they may do, and what proves it: users, roles, sessions, tokens, keys.
CREATE SCHEMA IF NOT EXISTS accounts;

CREATE TABLE accounts.roles (
    name text PRIMARY KEY CHECK (name COLLATE "C" ~ '^[a-z][a-z_]{0,31}$')
);

-- What a role may do; the names are those of accounts/model/permissions.py (a test compares them).
CREATE TABLE accounts.role_permissions (
    role       text NOT NULL REFERENCES accounts.roles (name) ON DELETE CASCADE,
    permission text NOT NULL,
    PRIMARY KEY (role, permission)
);

INSERT INTO accounts.roles (name) VALUES ('admin'), ('moderator'), ('user'), ('guest');

INSERT INTO accounts.role_permissions (role, permission) VALUES
    ('admin', 'conversations.create'),
    ('admin', 'conversations.manage_any'),
    ('admin', 'messages.send'),
    ('admin', 'messages.delete_any'),
    ('admin', 'messages.pin_any'),
    ('admin', 'users.manage'),
    ('admin', 'roles.manage'),
    ('admin', 'server.observe'),
    ('moderator', 'conversations.create'),
    ('moderator', 'conversations.manage_any'),
    ('moderator', 'messages.send'),
    ('moderator', 'messages.delete_any'),
    ('moderator', 'messages.pin_any'),
    ('user', 'conversations.create'),
    ('user', 'messages.send'),
    ('guest', 'messages.send');

CREATE TABLE accounts.users (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username          text NOT NULL,
    display_name      text NOT NULL,
    email             text,
    role              text NOT NULL DEFAULT 'user' REFERENCES accounts.roles (name),
    -- Argon2id, or bcrypt from an older system; none: no login until a password is set.
    password_hash     text,
    -- Tokens made before this second prove nothing any more (the user's epoch, Unix time).
    tokens_valid_from bigint NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT username_is_plain CHECK (username COLLATE "C" ~ '^[A-Za-z0-9_.-]{1,32}$'),
    CONSTRAINT display_name_is_short CHECK (char_length(display_name) BETWEEN 1 AND 64),
    CONSTRAINT email_is_short CHECK (char_length(email) <= 254)
);

-- Collation "C": elsewhere "I" may have another small letter than "i".
CREATE UNIQUE INDEX usernames_are_unique ON accounts.users (lower(username COLLATE "C"));

-- One row at most: whoever puts it here is the first, and the Admin, however many race.
CREATE TABLE accounts.founding (
    is_done boolean PRIMARY KEY DEFAULT true CHECK (is_done)
);

-- A login and all that was made from it.
CREATE TABLE accounts.sessions (
    id           text PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    -- Nothing of it is valid after this; then the row may go.
    expires_at   timestamptz NOT NULL,
    ip           text NOT NULL DEFAULT '',
    user_agent   text NOT NULL DEFAULT '',
    revoked_at   timestamptz
);

CREATE INDEX sessions_by_user ON accounts.sessions (user_id);
CREATE INDEX sessions_by_expiry ON accounts.sessions (expires_at);

-- The family of a session; at most one is not spent. Only hashes: a stolen copy opens nothing.
CREATE TABLE accounts.refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id text NOT NULL REFERENCES accounts.sessions (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    spent_at   timestamptz
);

CREATE INDEX refresh_tokens_by_session ON accounts.refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON accounts.refresh_tokens (expires_at);

-- Single-use tickets for sockets. No foreign key to sessions: the token that asks may come from a
-- system that shares the secret, and its session is not ours.
CREATE TABLE accounts.tickets (
    ticket_hash bytea PRIMARY KEY,
    user_id     bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    session_id  text NOT NULL,
    expires_at  timestamptz NOT NULL
);

CREATE INDEX tickets_by_expiry ON accounts.tickets (expires_at);

-- Access tokens, by jti, that prove nothing any more: revoked, or single-use and spent.
CREATE TABLE accounts.revoked_tokens (
    token_id   text PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE INDEX revoked_tokens_by_expiry ON accounts.revoked_tokens (expires_at);

-- What access tokens are signed with; sealed under the master key, bound to the row.
CREATE TABLE accounts.signing_keys (
    key_id     text PRIMARY KEY,
    algorithm  text NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Signs nothing new from here on.
    retired_at timestamptz
);

-- The names that other slices show beside what a user wrote; unknown ids are left out.
CREATE FUNCTION accounts.names_of(ids bigint[])
RETURNS TABLE (id bigint, username text, display_name text)
LANGUAGE sql STABLE ROWS 50
AS $$ SELECT u.id, u.username, u.display_name FROM accounts.users u WHERE u.id = ANY (ids) $$;

-- The whole of the protocol's user, for lists of members and the other side of a direct chat.
CREATE FUNCTION accounts.people_of(ids bigint[])
RETURNS TABLE (id bigint, username text, display_name text, role text, created_at timestamptz)
LANGUAGE sql STABLE ROWS 50
AS $$
    SELECT u.id, u.username, u.display_name, u.role, u.created_at
    FROM accounts.users u WHERE u.id = ANY (ids)
$$;
