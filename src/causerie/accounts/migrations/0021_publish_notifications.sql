-- The permission to tell anybody something in the name of a service.
INSERT INTO accounts.role_permissions (role, permission)
SELECT r.name, 'notifications.publish' FROM accounts.roles r WHERE r.name = 'admin'
ON CONFLICT DO NOTHING;
