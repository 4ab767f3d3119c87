-- What people say about themselves: {"status_text", "status_until", "avatar_id"}; NULL: nothing.
ALTER TABLE accounts.users ADD COLUMN profile jsonb;

-- Statuses that end, for the worker that ends them. The text is RFC 3339 in UTC, of fixed length.
CREATE INDEX statuses_that_end ON accounts.users ((profile ->> 'status_until') COLLATE "C")
    WHERE profile ? 'status_until';

-- A part of the card that everybody sees.
DO $$
BEGIN
    IF foundation.has_reader() THEN
        GRANT SELECT (profile) ON accounts.users TO causerie_reader;
    END IF;
END $$;

DROP FUNCTION accounts.people_of(bigint[]);
CREATE FUNCTION accounts.people_of(ids bigint[])
RETURNS TABLE (
    id bigint, username text, display_name text, role text, created_at timestamptz, profile jsonb
) LANGUAGE sql STABLE ROWS 50
AS $$
    SELECT u.id, u.username, u.display_name, u.role, u.created_at, u.profile
    FROM accounts.users u WHERE u.id = ANY (ids)
$$;

-- Which picture stands for a user; NULL: none. For the slice that keeps pictures.
CREATE FUNCTION accounts.set_avatar(p_user bigint, p_avatar bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE accounts.users u
    SET profile = CASE
        WHEN p_avatar IS NOT NULL
        THEN coalesce(u.profile, '{}') || jsonb_build_object('avatar_id', p_avatar)
        ELSE nullif(u.profile - 'avatar_id', '{}') END
    WHERE u.id = p_user
$$;
