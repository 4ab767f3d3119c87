-- What admins change about limits at run time; what is not here is as the settings make it.
CREATE SCHEMA IF NOT EXISTS limits;

-- One row: grows with each change, so that every process sees by one number that it must look.
CREATE TABLE limits.revision (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    revision bigint NOT NULL DEFAULT 0
);
INSERT INTO limits.revision DEFAULT VALUES;

-- The names are those of limits/model/kinds.py; a row whose name is unknown there is passed over.
CREATE TABLE limits.rules (
    action         text PRIMARY KEY,
    -- Empty columns are as by default.
    amount         bigint CHECK (amount >= 0),
    period_seconds bigint CHECK (period_seconds > 0),
    burst          bigint CHECK (burst > 0),
    algorithm      text CHECK (algorithm IN ('token_bucket', 'sliding_window')),
    factors        jsonb,
    changed_at     timestamptz NOT NULL DEFAULT now(),
    changed_by     bigint -- empty: on the command line
);

CREATE FUNCTION limits.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE limits.revision SET revision = revision + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON limits.rules
    FOR EACH STATEMENT EXECUTE FUNCTION limits.note_change();
