-- A user's requests that name themselves; what they made is found here when they come again.
CREATE TABLE foundation.idempotency_keys (
    user_id     bigint      NOT NULL,
    key         text        NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 512),
    operation   text        NOT NULL,
    fingerprint bytea       NOT NULL,
    -- Empty only inside the transaction that does the work.
    result      bigint,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
