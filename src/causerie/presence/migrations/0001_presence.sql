-- What lasts of presence: what people chose, and when they were last there. Who is there now is
-- nobody's row.
CREATE SCHEMA IF NOT EXISTS presence;

CREATE TYPE presence.status AS ENUM ('online', 'away', 'busy', 'invisible');

CREATE TABLE presence.people (
    user_id        bigint PRIMARY KEY,
    chosen         presence.status NOT NULL DEFAULT 'online', -- online: nothing
    choices        bigint NOT NULL DEFAULT 0, -- how many there were: the newest has the highest
    last_active_at timestamptz -- as others may know it: it stands still while one is invisible
) WITH (fillfactor = 80); -- changes with each going

-- What somebody chose is theirs alone; the service shows of it what others may see.
SELECT foundation.protect('presence.people', 'user_id = foundation.actor()');
