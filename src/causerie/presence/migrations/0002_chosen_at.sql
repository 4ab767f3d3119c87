-- For a node that did not hear the others for a while: who chose something since then.
ALTER TABLE presence.people ADD COLUMN chosen_at timestamptz; -- null: not since this
