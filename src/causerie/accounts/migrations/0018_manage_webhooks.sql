-- The permission to send the events of all rooms elsewhere.
INSERT INTO accounts.role_permissions (role, permission)
SELECT r.name, 'webhooks.manage' FROM accounts.roles r WHERE r.name = 'admin'
ON CONFLICT DO NOTHING;
