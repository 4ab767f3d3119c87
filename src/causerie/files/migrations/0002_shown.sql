-- The files of a message, as everybody is shown them; NULL where it has none. Messages keep it on their
-- row, so that no page of history asks for it.
DROP FUNCTION files.of_messages(bigint[]);

CREATE FUNCTION files.shown(p_message_id bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(
        jsonb_build_object(
            'id', f.id, 'name', f.name, 'media_type', f.media_type, 'size_bytes', f.size_bytes,
            -- Why a file is in quarantine is for moderators.
            'state', CASE f.state WHEN 'held' THEN 'quarantined' ELSE f.state END,
            'width', f.width, 'height', f.height, 'has_thumbnail', f.thumbnail_bytes IS NOT NULL)
        ORDER BY f.place)
    FROM files.files f
    WHERE f.message_id = p_message_id AND f.state <> 'removed'
$$;
