-- Who is shut out for a while, and who was: the history makes the next block longer.
CREATE TABLE limits.blocks (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope     text NOT NULL CHECK (scope IN ('user', 'address', 'api_key')),
    -- A user's id, an address (of IPv6 its network) or an API key's id.
    subject   text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 64),
    step      smallint NOT NULL CHECK (step BETWEEN 0 AND 4), -- 0: by hand
    rule      text NOT NULL,
    score     double precision NOT NULL,
    reason    text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    placed_at timestamptz NOT NULL,
    until_at  timestamptz NOT NULL,
    placed_by bigint, -- empty: by itself
    lifted_at timestamptz,
    lifted_by bigint, -- empty: on the command line
    CHECK (until_at > placed_at)
);

CREATE INDEX blocks_by_subject ON limits.blocks (scope, subject, until_at DESC);
CREATE INDEX blocks_in_force ON limits.blocks (until_at) WHERE lifted_at IS NULL;

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON limits.blocks
    FOR EACH STATEMENT EXECUTE FUNCTION limits.note_change();

SELECT audit.watch(
    'limits.blocks', 'id', 'warning',
    '{scope,subject,step,rule,until_at,placed_by,lifted_at,lifted_by}');
