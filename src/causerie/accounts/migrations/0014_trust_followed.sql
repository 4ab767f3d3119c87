-- Limits go by a user's trust: every process sees by one number that somebody's has changed.
CREATE TABLE accounts.trust_revision (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    revision bigint NOT NULL DEFAULT 0
);
INSERT INTO accounts.trust_revision DEFAULT VALUES;

CREATE FUNCTION accounts.note_trust() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts.trust_revision SET revision = revision + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER trust_followed AFTER UPDATE OF trust ON accounts.users
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.note_trust();

-- Nearly everybody is normal.
CREATE INDEX users_by_trust ON accounts.users (id) WHERE trust <> 'normal';

SELECT foundation.protect('accounts.trust_revision');
