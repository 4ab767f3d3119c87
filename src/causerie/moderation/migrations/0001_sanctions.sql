-- What was done about conduct: sanctions with their history, points that decay, the ladder.
CREATE SCHEMA IF NOT EXISTS moderation;

CREATE TYPE moderation.subject_kind AS ENUM ('user', 'contact');
CREATE TYPE moderation.sanction_kind AS ENUM ('warning', 'mute', 'kick', 'ban');
CREATE TYPE moderation.appeal_state AS ENUM ('open', 'granted', 'denied');

-- Whom sanctions are about. The row is locked by whatever changes the subject's sanctions, so that
-- what follows from all of them is worked out by one at a time.
CREATE TABLE moderation.subjects (
    kind      moderation.subject_kind NOT NULL,
    id        bigint NOT NULL,
    points    double precision NOT NULL DEFAULT 0 CHECK (points >= 0),
    -- When they were so many; they have decayed since.
    points_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, id)
);

CREATE TABLE moderation.sanctions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_kind    moderation.subject_kind NOT NULL,
    subject_id      bigint NOT NULL,
    kind            moderation.sanction_kind NOT NULL,
    conversation    text, -- the wire's name of it, for what is about one conversation
    reason          text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 1000),
    rule            text, -- whose breach added the points that led here; NULL: by hand
    points          double precision NOT NULL DEFAULT 0,
    author_id       bigint, -- NULL: nobody, it follows from the ladder, or the operator did it
    created_at      timestamptz NOT NULL,
    ends_at         timestamptz, -- NULL for what does not last (a warning, a kick)
    lifted_at       timestamptz,
    lifted_by       bigint,
    lift_reason     text,
    appeal_state    moderation.appeal_state,
    appeal_text     text CHECK (char_length(appeal_text) <= 2000),
    appealed_at     timestamptz,
    decided_by      bigint,
    decided_at      timestamptz,
    decision_reason text,
    FOREIGN KEY (subject_kind, subject_id) REFERENCES moderation.subjects (kind, id),
    CONSTRAINT mutes_and_bans_last CHECK ((kind IN ('mute', 'ban')) = (ends_at IS NOT NULL)),
    CONSTRAINT appeals_are_whole CHECK ((appeal_state IS NULL) = (appeal_text IS NULL))
);

CREATE INDEX sanctions_by_subject ON moderation.sanctions (subject_kind, subject_id, id);
CREATE INDEX open_appeals ON moderation.sanctions (id) WHERE appeal_state = 'open';

-- What points lead to: the highest rung that they reach. Data, so that an admin can change it.
CREATE TABLE moderation.ladder (
    points  double precision PRIMARY KEY CHECK (points > 0),
    kind    moderation.sanction_kind NOT NULL CHECK (kind <> 'kick'),
    seconds bigint CHECK (seconds > 0), -- NULL: for good, or what does not last
    CONSTRAINT warnings_do_not_last CHECK (kind <> 'warning' OR seconds IS NULL)
);

INSERT INTO moderation.ladder (points, kind, seconds) VALUES
    (2, 'warning', NULL),
    (4, 'mute', 3600),
    (6, 'mute', 86400),
    (9, 'ban', 604800),
    (14, 'ban', NULL);

-- How many points a breach of which rule adds, and how fast points fade.
CREATE TABLE moderation.breaches (
    rule   text PRIMARY KEY CHECK (rule COLLATE "C" ~ '^[a-z][a-z_]{0,31}$'),
    points double precision NOT NULL CHECK (points > 0)
);

INSERT INTO moderation.breaches (rule, points) VALUES
    ('spam', 2),
    ('abuse', 3),
    ('flooding', 1),
    ('report_upheld', 2);

CREATE TABLE moderation.decay (
    is_only           boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    half_life_seconds bigint NOT NULL CHECK (half_life_seconds > 0)
);

INSERT INTO moderation.decay (half_life_seconds) VALUES (7 * 86400);

SELECT audit.watch(
    'moderation.sanctions', 'id', 'warning',
    '{subject_id,kind,ends_at,author_id,lifted_at,lifted_by,appeal_state,decided_by}');
SELECT audit.watch('moderation.ladder', 'points', 'critical', '{kind,seconds}');
