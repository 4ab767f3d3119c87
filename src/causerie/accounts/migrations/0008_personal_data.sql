-- What personal fields are encrypted under: keys of their own, sealed under the master key.
CREATE TABLE accounts.data_keys (
    key_id     integer PRIMARY KEY,
    -- The newest of each purpose is the one in use; "index" is the key of blind indexes.
    purpose    text NOT NULL CHECK (purpose IN ('field', 'index')),
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The column email is what was written before this; `causerie keys encrypt-existing` empties it.
ALTER TABLE accounts.users
    ADD COLUMN email_sealed bytea,
    ADD COLUMN email_index  bytea,
    ADD CONSTRAINT email_stands_once CHECK (email IS NULL OR email_sealed IS NULL),
    ADD CONSTRAINT email_has_its_index CHECK ((email_sealed IS NULL) = (email_index IS NULL));

CREATE INDEX users_by_email ON accounts.users (email_index) WHERE email_index IS NOT NULL;
CREATE INDEX users_by_plain_email ON accounts.users (lower(email)) WHERE email IS NOT NULL;
