-- Keys for programs, and accounts that are programs.

ALTER TABLE accounts.users ADD COLUMN is_bot boolean NOT NULL DEFAULT false;

CREATE TABLE accounts.api_keys (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
    -- How it begins, for lists; the hash is of the whole.
    hint         text NOT NULL,
    key_hash     bytea NOT NULL UNIQUE,
    -- What of its user's permissions it has; the role's must hold them too, at every use.
    scopes       text[] NOT NULL,
    created_by   bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);

CREATE INDEX api_keys_by_user ON accounts.api_keys (user_id);

SELECT audit.watch(
    'accounts.api_keys', 'id', 'warning', '{user_id,scopes,expires_at,revoked_at}',
    secret => '{key_hash}');

SELECT foundation.protect('accounts.api_keys');
