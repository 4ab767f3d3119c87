-- The conversations that the actor is in. As the owner, and outside of any reader's scope: the
-- policy of members asks it too.
DO $do$
BEGIN
    IF foundation.has_reader() THEN
        CREATE FUNCTION conversations.of_actor() RETURNS SETOF bigint
        LANGUAGE sql STABLE ROWS 50 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            SELECT m.conversation_id FROM conversations.members m
            WHERE m.user_id = foundation.actor()
        $$;
    ELSE
        CREATE FUNCTION conversations.of_actor() RETURNS SETOF bigint
        LANGUAGE plpgsql STABLE ROWS 50 AS $$
        DECLARE
            v_scope text := coalesce(current_setting('causerie.scope', true), '');
        BEGIN
            PERFORM set_config('causerie.scope', '', true);
            RETURN QUERY SELECT m.conversation_id FROM conversations.members m
                WHERE m.user_id = foundation.actor();
            PERFORM set_config('causerie.scope', v_scope, true);
        END $$;
    END IF;
END $do$;

-- Asked once a statement, not once a row: the subquery does not look at the row.
SELECT foundation.protect(
    'conversations.conversations',
    $$visibility = 'public' OR id IN (SELECT conversations.of_actor())$$);
SELECT foundation.protect(
    'conversations.members', 'conversation_id IN (SELECT conversations.of_actor())');
SELECT foundation.protect(
    'conversations.changes', 'conversation_id IN (SELECT conversations.of_actor())');
