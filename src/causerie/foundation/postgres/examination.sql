-- name: clock
SELECT extract(epoch FROM clock_timestamp())::double precision AS now;

-- name: commit_something
-- A record in the log and no row anywhere: its transaction has to reach the disk as a message's does.
SELECT pg_logical_emit_message(true, 'causerie', 'doctor');
