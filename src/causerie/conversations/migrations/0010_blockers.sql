-- Those of the users who have blocked somebody: they are not told of what that one says.
CREATE FUNCTION conversations.blockers_of(p_blocked bigint, p_users bigint[])
RETURNS SETOF bigint LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT b.blocker_id FROM conversations.blocks b
    WHERE b.blocked_id = p_blocked AND b.blocker_id = ANY (p_users)
$$;
