-- What users may see of accounts: of everybody the card that the protocol shows, of themselves
-- their sessions and how they stand. Secrets, also hashed ones, are for no reader.
SELECT foundation.protect(
    'accounts.users', 'true', 'id, username, display_name, role, created_at');
SELECT foundation.protect('accounts.sessions', 'user_id = foundation.actor()');
SELECT foundation.protect('accounts.restrictions', 'user_id = foundation.actor()');
SELECT foundation.protect('accounts.refresh_tokens');
SELECT foundation.protect('accounts.revoked_tokens');
SELECT foundation.protect('accounts.tickets');
SELECT foundation.protect('accounts.authenticators');
SELECT foundation.protect('accounts.spent_steps');
SELECT foundation.protect('accounts.backup_codes');
SELECT foundation.protect('accounts.attempts');
SELECT foundation.protect('accounts.mails');
SELECT foundation.protect('accounts.reset_tokens');
SELECT foundation.protect('accounts.outside_identities');
