-- For those that began too long ago, looked for each minute.
CREATE INDEX live_sessions_by_age ON accounts.sessions (created_at) WHERE revoked_at IS NULL;
