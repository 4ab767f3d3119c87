-- What is sensitive about accounts is recorded by the database, whoever changes it.
INSERT INTO accounts.role_permissions (role, permission) VALUES ('admin', 'audit.read');

SELECT audit.watch(
    'accounts.users', 'id', 'warning', '{role,trust,is_trust_pinned}', secret => '{password_hash}');
SELECT audit.watch('accounts.roles', 'name', 'critical', '{name}');
SELECT audit.watch('accounts.role_permissions', 'role', 'critical', '{role,permission}');
SELECT audit.watch(
    'accounts.signing_keys', 'key_id', 'critical', '{algorithm,signs_from,retired_at}',
    secret => '{sealed}');
SELECT audit.watch(
    'accounts.authenticators', 'user_id', 'warning', '{confirmed_at}', secret => '{sealed}');
SELECT audit.watch('accounts.backup_codes', 'user_id', 'warning', '{}', secret => '{code_hash}');
SELECT audit.watch(
    'accounts.restrictions', 'user_id', 'warning', '{muted_until,banned_until}');
