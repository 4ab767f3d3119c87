-- For a node that did not hear the others for a while: what changed since then. When it was written a
-- device says, which may have been long ago.
ALTER TABLE receipts.drafts ADD COLUMN changed_at timestamptz; -- null: not since this
