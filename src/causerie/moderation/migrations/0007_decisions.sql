-- Which reports one decision closed: what a repeated request is answered with.
CREATE SEQUENCE moderation.decisions;
ALTER TABLE moderation.reports ADD COLUMN decision_id bigint;
CREATE INDEX reports_by_decision ON moderation.reports (decision_id) WHERE decision_id IS NOT NULL;
