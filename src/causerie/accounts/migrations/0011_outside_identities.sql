-- Whom the subjects of an outside issuer stand for here; an account has what its password opens, or
-- is opened from outside, or both.
CREATE TABLE accounts.outside_identities (
    issuer     text NOT NULL,
    subject    text NOT NULL,
    user_id    bigint NOT NULL REFERENCES accounts.users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX outside_identities_by_user ON accounts.outside_identities (user_id);

SELECT audit.watch('accounts.outside_identities', 'user_id', 'warning', '{issuer,subject}');
SELECT audit.watch('accounts.data_keys', 'key_id', 'critical', '{purpose}', secret => '{sealed}');
