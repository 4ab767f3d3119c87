-- What these want to be told of where a conversation says nothing of its own; who has not chosen has no row.
CREATE FUNCTION receipts.notified(p_users bigint[]) RETURNS TABLE (user_id bigint, level text)
LANGUAGE sql STABLE AS $$
    SELECT p.user_id, p.value #>> '{}' FROM receipts.preferences p
    WHERE p.key = 'notifications' AND p.user_id = ANY (p_users)
$$;

CREATE INDEX preferences_all ON receipts.preferences (user_id)
    WHERE key = 'notifications' AND value = '"all"';

-- Who wants to be told of everything.
CREATE FUNCTION receipts.notified_of_all() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT p.user_id FROM receipts.preferences p
    WHERE p.key = 'notifications' AND p.value = '"all"'
$$;
