-- What the content filter did, what rooms ask of it, and what its classifiers were taught.
CREATE SCHEMA IF NOT EXISTS moderation;

CREATE TYPE moderation.filter_action AS ENUM ('off', 'flag', 'refuse', 'strict');
CREATE TYPE moderation.topic AS ENUM ('spam', 'abuse');

-- Rooms that want another filter than the server's; NULL is the server's.
CREATE TABLE moderation.room_filters (
    conversation_id bigint PRIMARY KEY,
    size            moderation.filter_action,
    structure       moderation.filter_action,
    meaning         moderation.filter_action,
    changed_by      bigint NOT NULL,
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row a text that was flagged or refused. A refused one is nowhere else, so that it is kept here.
CREATE TABLE moderation.verdicts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL,
    author_id       bigint NOT NULL,
    message_id      bigint, -- NULL: a send that was refused
    is_refused      boolean NOT NULL,
    findings        jsonb NOT NULL, -- [{level, rule, score, evidence}], the worst first
    refused_text    text,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT only_refused_text_is_kept CHECK (is_refused = (refused_text IS NOT NULL))
);

CREATE INDEX verdicts_by_author ON moderation.verdicts (author_id, id);
CREATE INDEX verdicts_by_conversation ON moderation.verdicts (conversation_id, id);
CREATE INDEX verdicts_by_time ON moderation.verdicts (created_at);

-- One row a text that somebody has decided about. The text itself is not kept, its hash is: the same
-- text teaches once, however often it is reported.
CREATE TABLE moderation.lessons (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic            moderation.topic NOT NULL,
    features_version smallint NOT NULL,
    text_hash        bytea NOT NULL,
    is_positive      boolean NOT NULL,
    taught_by        bigint NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT a_text_teaches_once UNIQUE (topic, features_version, text_hash, is_positive)
);

-- What the lessons come to: added to the weights that are shipped.
CREATE TABLE moderation.learnt (
    topic            moderation.topic NOT NULL,
    features_version smallint NOT NULL,
    bucket           integer NOT NULL,
    change           real NOT NULL,
    PRIMARY KEY (topic, features_version, bucket)
);
