-- What users report, and what moderators make of it.
CREATE TYPE moderation.report_reason AS ENUM ('spam', 'abuse', 'harassment', 'illegal', 'other');
CREATE TYPE moderation.report_state AS ENUM ('open', 'dismissed', 'upheld');

CREATE TABLE moderation.reports (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reporter_id bigint NOT NULL,
    subject_id  bigint NOT NULL, -- whom it is about; a message's author
    message_id  bigint,
    content     text, -- what the message said when it was reported
    reason      moderation.report_reason NOT NULL,
    comment     text NOT NULL DEFAULT '' CHECK (char_length(comment) <= 1000),
    state       moderation.report_state NOT NULL DEFAULT 'open',
    created_at  timestamptz NOT NULL,
    decided_by  bigint,
    decided_at  timestamptz,
    decision    text,
    CONSTRAINT decided_whole CHECK ((state = 'open') = (decided_at IS NULL)),
    CONSTRAINT messages_say_something CHECK ((message_id IS NULL) = (content IS NULL))
);

-- Nobody reports the same twice: a message ever, a user while the first report is open.
CREATE UNIQUE INDEX reports_of_messages ON moderation.reports (reporter_id, message_id)
    WHERE message_id IS NOT NULL;
CREATE UNIQUE INDEX reports_of_users ON moderation.reports (reporter_id, subject_id)
    WHERE message_id IS NULL AND state = 'open';
CREATE INDEX open_reports ON moderation.reports (id) WHERE state = 'open';
CREATE INDEX reports_by_subject ON moderation.reports (subject_id, id);
CREATE INDEX open_reports_by_reporter ON moderation.reports (reporter_id) WHERE state = 'open';

SELECT foundation.protect('moderation.reports');
