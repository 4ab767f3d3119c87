-- Who is muted or banned, and since which change; empty but for those few.
ALTER TABLE accounts.users
    ADD COLUMN trust text NOT NULL DEFAULT 'normal',
    -- Set by an admin: what is reckoned from conduct leaves it alone.
    ADD COLUMN is_trust_pinned boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT trust_is_known CHECK (trust IN ('suspect', 'normal', 'verified', 'premium'));

-- Grows with each change, and is taken under the lock that changes wait for: who has seen one number
-- has missed none below it.
CREATE SEQUENCE accounts.restriction_versions AS bigint;

CREATE TABLE accounts.restrictions (
    user_id      bigint PRIMARY KEY REFERENCES accounts.users (id) ON DELETE CASCADE,
    -- The last day of the year 9999 is for good.
    muted_until  timestamptz CHECK (isfinite(muted_until)),
    banned_until timestamptz CHECK (isfinite(banned_until)),
    -- What the user is told of the latest change: which sanction, in force or lifted, and why.
    notice       jsonb NOT NULL,
    version      bigint NOT NULL,
    changed_at   timestamptz NOT NULL
);

CREATE UNIQUE INDEX restrictions_by_version ON accounts.restrictions (version);

-- Those who may not speak now, 'banned' or 'muted'. Plain SQL, so that the planner looks into it:
-- for each sender of a batch this costs one look into the index of a small table.
CREATE FUNCTION accounts.silenced() RETURNS TABLE (user_id bigint, standing text)
LANGUAGE sql STABLE ROWS 10
AS $$
    SELECT r.user_id, CASE WHEN r.banned_until > now() THEN 'banned' ELSE 'muted' END
    FROM accounts.restrictions r
    WHERE r.banned_until > now() OR r.muted_until > now()
$$;

-- How one user stands at this moment and to the end of the transaction: 'banned', 'muted' or NULL.
-- Call it first in a transaction that writes in the user's name. A ban waits for the lock, and who
-- waits for the lock behind a ban must not hold what a batch of sends waits for. A statement of its
-- own for the lock: the next one sees the ban that it waited for.
CREATE FUNCTION accounts.hold_standing(p_user bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('causerie.sanctions'));
    RETURN (SELECT s.standing FROM accounts.silenced() s WHERE s.user_id = p_user);
END $$;

-- Sets how long a user is muted and banned (NULL: not), and what they are told. Waits until every
-- write that has begun is committed or refused, and holds up the next until the commit: so call it
-- last. NULL where there is no such user.
CREATE FUNCTION accounts.restrict(
    p_user bigint, p_muted_until timestamptz, p_banned_until timestamptz, p_notice jsonb
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_version bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('causerie.sanctions'));
    INSERT INTO accounts.restrictions AS r
        (user_id, muted_until, banned_until, notice, version, changed_at)
    SELECT u.id, p_muted_until, p_banned_until, p_notice,
        nextval('accounts.restriction_versions'), clock_timestamp()
    FROM accounts.users u WHERE u.id = p_user
    ON CONFLICT (user_id) DO UPDATE SET
        muted_until = excluded.muted_until,
        banned_until = excluded.banned_until,
        notice = excluded.notice,
        version = excluded.version,
        changed_at = excluded.changed_at
    RETURNING r.version INTO v_version;
    RETURN v_version;
END $$;
