-- How far users are trusted is reckoned by moderation, from what it knows, or set by hand.

-- A page of users by id, for whoever goes through all of them.
CREATE FUNCTION accounts.page_of_users(p_after bigint, p_limit integer)
RETURNS TABLE (id bigint, created_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT u.id, u.created_at FROM accounts.users u WHERE u.id > p_after ORDER BY u.id LIMIT p_limit
$$;

-- Says how far users are trusted now, but of those for whom somebody has decided it; gives those for
-- whom it is another than before.
CREATE FUNCTION accounts.judge_trust(p_ids bigint[], p_trusts text[])
RETURNS TABLE (id bigint) LANGUAGE sql AS $$
    UPDATE accounts.users u SET trust = n.trust
    FROM unnest(p_ids, p_trusts) AS n (id, trust)
    WHERE u.id = n.id AND NOT u.is_trust_pinned AND u.trust <> n.trust
    RETURNING u.id
$$;

-- Decides it by hand, from now on; NULL leaves it to what is reckoned again. False: no such user.
CREATE FUNCTION accounts.pin_trust(p_id bigint, p_trust text) RETURNS boolean LANGUAGE sql AS $$
    WITH pinned AS (
        UPDATE accounts.users u
        SET trust = coalesce(p_trust, u.trust), is_trust_pinned = p_trust IS NOT NULL
        WHERE u.id = p_id
        RETURNING u.id
    )
    SELECT EXISTS (SELECT FROM pinned)
$$;

CREATE FUNCTION accounts.trust_of(p_id bigint, OUT trust text, OUT is_pinned boolean)
LANGUAGE sql STABLE AS $$
    SELECT u.trust, u.is_trust_pinned FROM accounts.users u WHERE u.id = p_id
$$;
