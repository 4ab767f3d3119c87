-- Who is called so; the names in small letters, and as they were asked for.
CREATE FUNCTION accounts.ids_named(p_names text[]) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT u.id, lower(u.username COLLATE "C")
    FROM accounts.users u WHERE lower(u.username COLLATE "C") = ANY (p_names)
$$;

-- Whether a user's role allows something.
CREATE FUNCTION accounts.user_may(p_user bigint, p_permission text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM accounts.users u
        JOIN accounts.role_permissions p ON p.role = u.role AND p.permission = p_permission
        WHERE u.id = p_user)
$$;

-- Calling everybody in a room, as @room and @here do.
INSERT INTO accounts.role_permissions (role, permission)
SELECT r.name, 'messages.mention_everyone'
FROM accounts.roles r WHERE r.name IN ('admin', 'moderator', 'user')
ON CONFLICT DO NOTHING;
