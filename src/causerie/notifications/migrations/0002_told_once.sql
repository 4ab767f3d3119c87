-- What is told by a job, which may be done twice, has a key of its own for each user.
ALTER TABLE notifications.notices ADD COLUMN key text;
CREATE UNIQUE INDEX notices_by_key ON notifications.notices (user_id, key) WHERE key IS NOT NULL;
