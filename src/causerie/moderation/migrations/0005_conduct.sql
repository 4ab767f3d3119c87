-- What the filter refuses counts towards the ladder, each once; and what all conduct comes to.
ALTER TABLE moderation.verdicts ADD COLUMN is_counted boolean NOT NULL DEFAULT false;
-- What was refused before there were points for it is not held against anybody.
UPDATE moderation.verdicts SET is_counted = true;
CREATE INDEX refusals_to_count ON moderation.verdicts (id) WHERE is_refused AND NOT is_counted;

-- Light: a refused message has harmed nobody, and people rephrase. Four in a few days warn.
INSERT INTO moderation.breaches (rule, points) VALUES ('filtered', 0.5);

CREATE INDEX reports_by_reporter ON moderation.reports (reporter_id, id);

-- What a user's conduct comes to, as it was reckoned last.
CREATE TABLE moderation.reputations (
    user_id     bigint PRIMARY KEY,
    score       smallint NOT NULL CHECK (score BETWEEN 0 AND 100),
    parts       jsonb NOT NULL, -- [{what, count, points}]: what the score is made of
    reckoned_at timestamptz NOT NULL
);
SELECT foundation.protect('moderation.reputations', 'user_id = foundation.actor()');
