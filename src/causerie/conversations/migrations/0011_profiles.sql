-- The other side of a direct chat is shown with what they say about themselves.
ALTER TYPE conversations.view ADD ATTRIBUTE peer_profile jsonb;

CREATE OR REPLACE FUNCTION conversations.seen_by(p_user bigint, p_ids bigint[])
RETURNS SETOF conversations.view LANGUAGE sql STABLE AS $$
    WITH seen AS MATERIALIZED (
        SELECT c.*, m.role, m.read_seq,
            CASE p_user WHEN c.low_user_id THEN c.high_user_id
                        WHEN c.high_user_id THEN c.low_user_id END AS peer_id
        FROM conversations.conversations c
        LEFT JOIN conversations.members m ON m.conversation_id = c.id AND m.user_id = p_user
        WHERE c.id = ANY (p_ids)
    )
    SELECT s.id, s.kind, s.name, s.visibility, s.topic, s.last_seq, s.rev, s.read_seq,
        s.member_count, s.created_at, s.role, s.archived_at IS NOT NULL,
        p.id, p.username, p.display_name, p.role, p.created_at, p.profile
    FROM seen s
    LEFT JOIN accounts.people_of(
        ARRAY(SELECT d.peer_id FROM seen d WHERE d.peer_id IS NOT NULL)) p ON p.id = s.peer_id
$$;
