-- Until when a file that is in no message is kept all the same: it waits to be sent.
ALTER TABLE files.files ADD COLUMN keep_until timestamptz;

-- Keeps files for a message that is to be sent later; false where the user may not post them now. None of
-- them is kept from being posted before, by hand: then that message is refused.
CREATE FUNCTION files.keep(p_user bigint, p_file_ids bigint[], p_until timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT files.may_attach(p_user, p_file_ids) THEN
        RETURN false;
    END IF;
    UPDATE files.files f SET keep_until = greatest(f.keep_until, p_until)
    WHERE f.id = ANY (p_file_ids);
    RETURN true;
END $$;
