-- A file that is in no message and stands for its uploader: everybody may see its thumbnail.
ALTER TABLE files.files ADD COLUMN is_avatar boolean NOT NULL DEFAULT false;

CREATE UNIQUE INDEX files_one_avatar ON files.files (uploader_id)
    WHERE is_avatar AND state = 'clean';

-- Whether the user may post these files now: all of them theirs, there, and in no message yet; what
-- stands for the user goes into none. Locks them, so that it stays so until the commit.
CREATE OR REPLACE FUNCTION files.may_attach(p_user bigint, p_file_ids bigint[]) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM files.files f WHERE f.id = ANY (p_file_ids) ORDER BY f.id FOR NO KEY UPDATE;
    -- A statement of its own: it sees what was committed while the one above waited.
    RETURN cardinality(p_file_ids) = (
        SELECT count(*) FROM files.files f
        WHERE f.id = ANY (p_file_ids) AND f.uploader_id = p_user AND f.message_id IS NULL
            AND NOT f.is_avatar AND f.state IN ('quarantined', 'held', 'clean'));
END $$;

-- Makes a picture stand for its uploader, in the place of the one before; false where it is none of
-- theirs, not clean, in a message, or has no thumbnail.
CREATE FUNCTION files.show_avatar(p_user bigint, p_file bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    -- The user's pictures one after the other: of two at once the later one stands.
    PERFORM pg_advisory_xact_lock(hashtextextended('causerie.avatar.' || p_user, 0));
    PERFORM 1 FROM files.files f
    WHERE f.id = p_file AND f.uploader_id = p_user AND f.message_id IS NULL
        AND f.state = 'clean' AND f.thumbnail_bytes IS NOT NULL
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE files.files f SET state = 'removed', name = 'file', reason = NULL
    WHERE f.uploader_id = p_user AND f.is_avatar AND f.state = 'clean' AND f.id <> p_file;
    UPDATE files.files f SET is_avatar = true WHERE f.id = p_file AND NOT f.is_avatar;
    PERFORM accounts.set_avatar(p_user, p_file);
    RETURN true;
END $$;

-- Whoever takes a picture away, its user, a moderator or the sweep: nothing stands for the user then.
CREATE FUNCTION files.lose_avatar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts.set_avatar(NEW.uploader_id, NULL);
    RETURN NULL;
END $$;

CREATE TRIGGER avatar_lost AFTER UPDATE OF state ON files.files
    FOR EACH ROW WHEN (NEW.is_avatar AND OLD.state = 'clean' AND NEW.state <> 'clean')
    EXECUTE FUNCTION files.lose_avatar();
