-- The permission to change limits at run time.
INSERT INTO accounts.role_permissions (role, permission) VALUES ('admin', 'limits.manage');
