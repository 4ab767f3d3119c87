-- Who acts on users and reads reports, and who says what follows by itself.
INSERT INTO accounts.role_permissions (role, permission)
SELECT r.name, p.permission
FROM accounts.roles r
JOIN (VALUES
    ('admin', 'users.sanction'),
    ('moderator', 'users.sanction'),
    ('admin', 'reports.review'),
    ('moderator', 'reports.review'),
    ('admin', 'moderation.adjust')
) AS p (role, permission) ON p.role = r.name
ON CONFLICT DO NOTHING;
