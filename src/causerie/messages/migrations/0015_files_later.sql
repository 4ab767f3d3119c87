-- The files that a message to be sent later brings with it.
ALTER TABLE messages.outgoing ADD COLUMN file_ids bigint[];
