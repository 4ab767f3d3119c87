-- For a node that did not hear the others for a while: whose name, picture or status changed since then.
ALTER TABLE accounts.users ADD COLUMN shown_at timestamptz; -- null: not since this
CREATE INDEX users_by_shown ON accounts.users (shown_at) WHERE shown_at IS NOT NULL;

CREATE FUNCTION accounts.note_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.shown_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER note_shown BEFORE UPDATE OF display_name, profile ON accounts.users FOR EACH ROW
    WHEN ((OLD.display_name, OLD.profile) IS DISTINCT FROM (NEW.display_name, NEW.profile))
    EXECUTE FUNCTION accounts.note_shown();

CREATE FUNCTION accounts.shown_since(p_seconds double precision) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 50 AS $$
    SELECT u.id FROM accounts.users u
    WHERE u.shown_at > clock_timestamp() - make_interval(secs => p_seconds)
$$;
