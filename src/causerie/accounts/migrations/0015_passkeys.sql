-- Passkeys (WebAuthn Level 3), and the challenges that wait for an answer.
CREATE TABLE accounts.passkeys (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE,
    public_key    bytea NOT NULL, -- COSE
    -- Grows with each use where the authenticator counts; 0 where it does not.
    sign_count    bigint NOT NULL,
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
    transports    text[] NOT NULL,
    is_backed_up  boolean NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);

CREATE INDEX passkeys_by_user ON accounts.passkeys (user_id);

-- Each is answered once. Of nobody: of a login, when nobody knows yet whose it is.
CREATE TABLE accounts.passkey_challenges (
    challenge  bytea PRIMARY KEY,
    user_id    bigint REFERENCES accounts.users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE INDEX passkey_challenges_by_age ON accounts.passkey_challenges (expires_at);

SELECT audit.watch('accounts.passkeys', 'user_id', 'warning', '{id,name}', secret => '{public_key}');
SELECT foundation.protect('accounts.passkeys');
SELECT foundation.protect('accounts.passkey_challenges');
