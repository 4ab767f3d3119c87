-- What is to be done, and what could not be done.
CREATE SCHEMA IF NOT EXISTS jobs;

CREATE TABLE jobs.waiting (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    payload     text NOT NULL, -- JSON, for the handler of the kind alone
    -- What the work goes to, where it can be away: an endpoint, a push service.
    destination text,
    key         text,
    created_at  timestamptz NOT NULL,
    -- While somebody works on it: when it will be taken for lost.
    due_at      timestamptz NOT NULL,
    set_at      timestamptz NOT NULL, -- when due_at was set
    attempts    integer NOT NULL DEFAULT 0,
    is_taken    boolean NOT NULL DEFAULT false,
    -- Put once more while somebody worked on it: to be done once more.
    again       boolean NOT NULL DEFAULT false
);

CREATE INDEX waiting_by_turn ON jobs.waiting (kind, due_at, id);
CREATE UNIQUE INDEX waiting_once ON jobs.waiting (kind, key) WHERE key IS NOT NULL;

CREATE TABLE jobs.dead (
    id          bigint PRIMARY KEY, -- as in jobs.waiting
    kind        text NOT NULL,
    payload     text NOT NULL,
    destination text,
    key         text,
    created_at  timestamptz NOT NULL,
    attempts    integer NOT NULL,
    reason      text NOT NULL,
    died_at     timestamptz NOT NULL
);

CREATE INDEX dead_by_time ON jobs.dead (died_at);

-- For whom a job is, and about what, is nobody else's business.
SELECT foundation.protect('jobs.waiting');
SELECT foundation.protect('jobs.dead');
