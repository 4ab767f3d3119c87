-- The thread that a notice's message is in: who has read it there has read it.
ALTER TABLE notifications.notices ADD COLUMN root_id bigint;
