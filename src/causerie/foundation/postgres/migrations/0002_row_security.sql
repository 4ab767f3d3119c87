-- Who may see which rows. Statements on behalf of one user run as the role causerie_reader, with the
-- user named by set_config('causerie.actor', ..., true), and only that role is under the users'
-- policies; docs/decisions/0011-row-security.md tells the whole.

-- Decided once, like the roles themselves: whether there is a reader to become. Where an external
-- login may not make roles, the setting causerie.scope = 'reader' says the same of a transaction.
DO $$
DECLARE
    v_has boolean := false;
BEGIN
    IF current_user = 'causerie_owner'
        AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'causerie_app')
    THEN
        v_has := 4 = (
            SELECT count(*) FROM pg_roles r
            WHERE (r.rolname = 'causerie_reader' AND pg_has_role('causerie_app', r.oid, 'MEMBER'))
                OR (r.rolname IN ('causerie_writer', 'causerie_finder')
                    AND pg_has_role('causerie_app', r.oid, 'USAGE'))
                OR (r.rolname = 'causerie_keeper'
                    AND pg_has_role('causerie_owner', r.oid, 'USAGE')));
    END IF;
    EXECUTE format(
        'CREATE FUNCTION foundation.has_reader() RETURNS boolean'
        ' LANGUAGE sql IMMUTABLE AS ''SELECT %s''', v_has::text);
END $$;

-- On whose behalf this transaction reads; NULL where nobody was named, and then nothing is theirs.
CREATE FUNCTION foundation.actor() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('causerie.actor', true), '')::bigint
$$;

-- Puts a table under row security, also for its owner. "readable" is what a user may see of it, in
-- SQL; without it a reader sees nothing at all. "columns" leaves out what no user may see. Nobody
-- writes as a reader. For the migrations of the table's owner:
--     SELECT foundation.protect('accounts.sessions', 'user_id = foundation.actor()');
CREATE FUNCTION foundation.protect(
    guarded regclass, readable text DEFAULT NULL, columns text DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_schema name := (SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = guarded);
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    IF NOT foundation.has_reader() THEN
        EXECUTE format(
            'CREATE POLICY everyone ON %s TO PUBLIC'
            ' USING ((SELECT current_setting(''causerie.scope'', true)) IS DISTINCT FROM ''reader'''
            ' OR (%s))'
            ' WITH CHECK ('
            '(SELECT current_setting(''causerie.scope'', true)) IS DISTINCT FROM ''reader'')',
            guarded, coalesce(readable, 'false'));
        RETURN;
    END IF;
    EXECUTE format(
        'CREATE POLICY writers ON %s TO causerie_writer USING (true) WITH CHECK (true)', guarded);
    EXECUTE format(
        'CREATE POLICY keepers ON %s TO causerie_keeper USING (true) WITH CHECK (true)', guarded);
    EXECUTE format(
        'CREATE POLICY finders ON %s FOR SELECT TO causerie_finder USING (true)', guarded);
    IF readable IS NOT NULL THEN
        EXECUTE format(
            'CREATE POLICY readers ON %s FOR SELECT TO causerie_reader USING (%s)',
            guarded, readable);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO causerie_reader', v_schema);
        EXECUTE format(
            'GRANT SELECT %s ON %s TO causerie_reader',
            CASE WHEN columns IS NOT NULL THEN format('(%s)', columns) ELSE '' END, guarded);
    END IF;
END $$;

REVOKE EXECUTE ON FUNCTION foundation.protect FROM PUBLIC;

-- A key names what its user did and when.
SELECT foundation.protect('foundation.idempotency_keys');

DO $$
BEGIN
    IF foundation.has_reader() THEN
        GRANT USAGE ON SCHEMA foundation TO causerie_reader;
    END IF;
END $$;
