-- A key is published before it signs, and after: until the last token that it has signed is over.
ALTER TABLE accounts.signing_keys
    ADD COLUMN signs_from      timestamptz NOT NULL DEFAULT now(),
    -- The longest life of a token that it may have signed: the setting, which can change.
    ADD COLUMN longest_seconds bigint NOT NULL DEFAULT 0,
    -- The end of tokens that were made to live longer than that, by an operator.
    ADD COLUMN tokens_until    timestamptz;

UPDATE accounts.signing_keys SET signs_from = created_at;

ALTER TABLE accounts.signing_keys ALTER COLUMN signs_from DROP DEFAULT;
