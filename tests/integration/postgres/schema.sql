-- What all migrations make; for reading. Written by refresh_snapshot.py beside it.

CREATE SCHEMA accounts;

CREATE SCHEMA audit;

CREATE SCHEMA conversations;

CREATE SCHEMA files;

CREATE SCHEMA foundation;

CREATE SCHEMA jobs;

CREATE SCHEMA limits;

CREATE SCHEMA messages;

CREATE SCHEMA moderation;

CREATE SCHEMA notifications;

CREATE SCHEMA phoenix;

CREATE SCHEMA presence;

CREATE SCHEMA receipts;

CREATE SCHEMA webhooks;

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA foundation;

COMMENT ON EXTENSION unaccent IS 'text search dictionary that removes accents';

CREATE TYPE audit.severity AS ENUM (
    'info',
    'warning',
    'critical'
);

CREATE TYPE conversations.kind AS ENUM (
    'room',
    'direct',
    'thread'
);

CREATE TYPE conversations.member_role AS ENUM (
    'owner',
    'admin',
    'member',
    'read_only'
);

CREATE TYPE conversations.visibility AS ENUM (
    'public',
    'private'
);

CREATE TYPE conversations.view AS (
	id bigint,
	kind conversations.kind,
	name text,
	visibility conversations.visibility,
	topic text,
	last_seq bigint,
	rev bigint,
	read_seq bigint,
	member_count integer,
	created_at timestamp with time zone,
	role conversations.member_role,
	archived boolean,
	peer_id bigint,
	peer_username text,
	peer_display_name text,
	peer_role text,
	peer_created_at timestamp with time zone,
	peer_profile jsonb
);

CREATE TYPE files.state AS ENUM (
    'arriving',
    'quarantined',
    'held',
    'clean',
    'refused',
    'removed'
);

CREATE TYPE messages.attention AS ENUM (
    'following',
    'none',
    'muted'
);

CREATE TYPE messages.audience AS ENUM (
    'here',
    'room'
);

CREATE TYPE messages.hit AS (
	conversation_id bigint,
	seq bigint,
	created_at timestamp with time zone,
	rank real
);

CREATE TYPE messages.message_type AS ENUM (
    'text',
    'file',
    'system'
);

CREATE TYPE messages.outgoing_state AS ENUM (
    'waiting',
    'sent',
    'refused',
    'cancelled'
);

CREATE TYPE messages.written AS (
	ord bigint,
	outcome text,
	id bigint,
	seq bigint,
	created_at timestamp with time zone
);

CREATE TYPE moderation.appeal_state AS ENUM (
    'open',
    'granted',
    'denied'
);

CREATE TYPE moderation.filter_action AS ENUM (
    'off',
    'flag',
    'refuse',
    'strict'
);

CREATE TYPE moderation.report_reason AS ENUM (
    'spam',
    'abuse',
    'harassment',
    'illegal',
    'other'
);

CREATE TYPE moderation.report_state AS ENUM (
    'open',
    'dismissed',
    'upheld'
);

CREATE TYPE moderation.sanction_kind AS ENUM (
    'warning',
    'mute',
    'kick',
    'ban'
);

CREATE TYPE moderation.subject_kind AS ENUM (
    'user',
    'contact'
);

CREATE TYPE moderation.topic AS ENUM (
    'spam',
    'abuse'
);

CREATE TYPE presence.status AS ENUM (
    'online',
    'away',
    'busy',
    'invisible'
);

CREATE FUNCTION accounts.hold_standing(p_user bigint) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('causerie.sanctions'));
    RETURN (SELECT s.standing FROM accounts.silenced() s WHERE s.user_id = p_user);
END $$;

CREATE FUNCTION accounts.ids_named(p_names text[]) RETURNS TABLE(id bigint, name text)
    LANGUAGE sql STABLE ROWS 10
    AS $$
    SELECT u.id, lower(u.username COLLATE "C")
    FROM accounts.users u WHERE lower(u.username COLLATE "C") = ANY (p_names)
$$;

CREATE FUNCTION accounts.judge_trust(p_ids bigint[], p_trusts text[]) RETURNS TABLE(id bigint)
    LANGUAGE sql
    AS $$
    UPDATE accounts.users u SET trust = n.trust
    FROM unnest(p_ids, p_trusts) AS n (id, trust)
    WHERE u.id = n.id AND NOT u.is_trust_pinned AND u.trust <> n.trust
    RETURNING u.id
$$;

CREATE FUNCTION accounts.names_of(ids bigint[]) RETURNS TABLE(id bigint, username text, display_name text)
    LANGUAGE sql STABLE ROWS 50
    AS $$ SELECT u.id, u.username, u.display_name FROM accounts.users u WHERE u.id = ANY (ids) $$;

CREATE FUNCTION accounts.note_key_over() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- A key stands where else a session stands, by this name.
    INSERT INTO accounts.revocations (kind, user_id, name)
    VALUES ('session', NEW.user_id, 'key:' || NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION accounts.note_permissions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO accounts.revocations (kind) VALUES ('permissions');
    RETURN NULL;
END
$$;

CREATE FUNCTION accounts.note_session_over() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO accounts.revocations (kind, user_id, name) VALUES ('session', NEW.user_id, NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION accounts.note_shown() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.shown_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION accounts.note_trust() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE accounts.trust_revision SET revision = revision + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION accounts.note_user_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.role <> NEW.role THEN
        INSERT INTO accounts.revocations (kind, user_id, name) VALUES ('role', NEW.id, NEW.role);
    ELSE
        INSERT INTO accounts.revocations (kind, user_id) VALUES ('user', NEW.id);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION accounts.page_of_users(p_after bigint, p_limit integer) RETURNS TABLE(id bigint, created_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
    SELECT u.id, u.created_at FROM accounts.users u WHERE u.id > p_after ORDER BY u.id LIMIT p_limit
$$;

CREATE FUNCTION accounts.people_of(ids bigint[]) RETURNS TABLE(id bigint, username text, display_name text, role text, created_at timestamp with time zone, profile jsonb)
    LANGUAGE sql STABLE ROWS 50
    AS $$
    SELECT u.id, u.username, u.display_name, u.role, u.created_at, u.profile
    FROM accounts.users u WHERE u.id = ANY (ids)
$$;

CREATE FUNCTION accounts.pin_trust(p_id bigint, p_trust text) RETURNS boolean
    LANGUAGE sql
    AS $$
    WITH pinned AS (
        UPDATE accounts.users u
        SET trust = coalesce(p_trust, u.trust), is_trust_pinned = p_trust IS NOT NULL
        WHERE u.id = p_id
        RETURNING u.id
    )
    SELECT EXISTS (SELECT FROM pinned)
$$;

CREATE FUNCTION accounts.restrict(p_user bigint, p_muted_until timestamp with time zone, p_banned_until timestamp with time zone, p_notice jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION accounts.set_avatar(p_user bigint, p_avatar bigint) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE accounts.users u
    SET profile = CASE
        WHEN p_avatar IS NOT NULL
        THEN coalesce(u.profile, '{}') || jsonb_build_object('avatar_id', p_avatar)
        ELSE nullif(u.profile - 'avatar_id', '{}') END
    WHERE u.id = p_user
$$;

CREATE FUNCTION accounts.shown_since(p_seconds double precision) RETURNS SETOF bigint
    LANGUAGE sql STABLE ROWS 50
    AS $$
    SELECT u.id FROM accounts.users u
    WHERE u.shown_at > clock_timestamp() - make_interval(secs => p_seconds)
$$;

CREATE FUNCTION accounts.silenced() RETURNS TABLE(user_id bigint, standing text)
    LANGUAGE sql STABLE ROWS 10
    AS $$
    SELECT r.user_id, CASE WHEN r.banned_until > now() THEN 'banned' ELSE 'muted' END
    FROM accounts.restrictions r
    WHERE r.banned_until > now() OR r.muted_until > now()
$$;

CREATE FUNCTION accounts.trust_of(p_id bigint, OUT trust text, OUT is_pinned boolean) RETURNS record
    LANGUAGE sql STABLE
    AS $$
    SELECT u.trust, u.is_trust_pinned FROM accounts.users u WHERE u.id = p_id
$$;

CREATE FUNCTION accounts.user_may(p_user bigint, p_permission text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM accounts.users u
        JOIN accounts.role_permissions p ON p.role = u.role AND p.permission = p_permission
        WHERE u.id = p_user)
$$;

CREATE FUNCTION audit.append() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit.audit_logs (
        id, created_at, user_id, actor, action, table_name, target, address, severity, before,
        after, previous, hash)
    VALUES (
        0, NEW.created_at, NEW.user_id, NEW.actor, NEW.action, NEW.table_name, NEW.target,
        NEW.address, NEW.severity, NEW.before, NEW.after, '', '');
    DELETE FROM audit.pending p WHERE p.id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION audit.chain_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('causerie.security_events', 0));
    SELECT h.id + 1, h.hash INTO NEW.id, NEW.previous FROM audit.head_of_events() h;
    NEW.hash := audit.digest(
        NEW.previous, NEW.id::text, audit.moment(NEW.created_at), NEW.kind, NEW.severity::text,
        NEW.user_id::text, NEW.address, NEW.details::text);
    RETURN NEW;
END $$;

CREATE FUNCTION audit.chain_log() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('causerie.audit_logs', 0));
    SELECT h.id + 1, h.hash INTO NEW.id, NEW.previous FROM audit.head_of_logs() h;
    NEW.hash := audit.digest(
        NEW.previous, NEW.id::text, audit.moment(NEW.created_at), NEW.user_id::text, NEW.actor,
        NEW.action, NEW.table_name, NEW.target, NEW.address, NEW.severity::text,
        NEW.before::text, NEW.after::text);
    RETURN NEW;
END $$;

CREATE FUNCTION audit.digest(previous bytea, VARIADIC parts text[]) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT sha256(previous || convert_to(string_agg(
        coalesce(octet_length(p.part)::text || ':' || p.part, '-'), '' ORDER BY p.nth), 'UTF8'))
    FROM unnest(parts) WITH ORDINALITY AS p (part, nth)
$$;

CREATE FUNCTION audit.head_of_events(OUT id bigint, OUT hash bytea) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT e.id, e.hash INTO head_of_events.id, head_of_events.hash
    FROM audit.security_events e ORDER BY e.id DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT r.last_id, r.hash INTO head_of_events.id, head_of_events.hash
        FROM audit.archives r WHERE r.chain = 'security_events' ORDER BY r.last_id DESC LIMIT 1;
    END IF;
    id := coalesce(id, 0);
    hash := coalesce(hash, sha256('security_events'));
END $$;

CREATE FUNCTION audit.head_of_logs(OUT id bigint, OUT hash bytea) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT a.id, a.hash INTO head_of_logs.id, head_of_logs.hash
    FROM audit.audit_logs a ORDER BY a.id DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT r.last_id, r.hash INTO head_of_logs.id, head_of_logs.hash
        FROM audit.archives r WHERE r.chain = 'audit_logs' ORDER BY r.last_id DESC LIMIT 1;
    END IF;
    id := coalesce(id, 0);
    hash := coalesce(hash, sha256('audit_logs'));
END $$;

CREATE FUNCTION audit.moment(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

CREATE FUNCTION audit.note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    v_before jsonb := '{}';
    v_after jsonb := '{}';
    v_column text;
BEGIN
    FOREACH v_column IN ARRAY TG_ARGV[2]::text[] LOOP
        IF TG_OP <> 'UPDATE' OR v_old -> v_column IS DISTINCT FROM v_new -> v_column THEN
            v_before := v_before || jsonb_build_object(v_column, v_old -> v_column);
            v_after := v_after || jsonb_build_object(v_column, v_new -> v_column);
        END IF;
    END LOOP;
    FOREACH v_column IN ARRAY TG_ARGV[3]::text[] LOOP
        IF TG_OP <> 'UPDATE' OR v_old -> v_column IS DISTINCT FROM v_new -> v_column THEN
            v_before := v_before || jsonb_build_object(v_column,
                CASE WHEN v_old ->> v_column IS NOT NULL THEN '(old)' END);
            v_after := v_after || jsonb_build_object(v_column,
                CASE WHEN v_new ->> v_column IS NOT NULL THEN '(new)' END);
        END IF;
    END LOOP;
    IF TG_OP = 'UPDATE' AND v_after = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM audit.record(
        format('%s.%s.%s', TG_TABLE_SCHEMA, TG_TABLE_NAME, lower(TG_OP)),
        format('%s:%s', TG_TABLE_NAME, coalesce(v_new, v_old) ->> TG_ARGV[0]),
        TG_ARGV[1]::audit.severity,
        CASE WHEN TG_OP <> 'INSERT' THEN v_before END,
        CASE WHEN TG_OP <> 'DELETE' THEN v_after END,
        p_table => format('%s.%s', TG_TABLE_SCHEMA, TG_TABLE_NAME));
    RETURN NULL;
END $$;

CREATE FUNCTION audit.note_truncation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM audit.record(
        format('%s.%s.truncate', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_TABLE_NAME, 'critical',
        NULL, NULL, p_table => format('%s.%s', TG_TABLE_SCHEMA, TG_TABLE_NAME));
    RETURN NULL;
END $$;

CREATE FUNCTION audit.raise_events(p_at timestamp with time zone[], p_kinds text[], p_severities text[], p_users bigint[], p_addresses text[], p_details text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO audit.security_events
        (id, created_at, kind, severity, user_id, address, details, previous, hash)
    SELECT 0, e.at, e.kind, e.severity::audit.severity, e.user_id, e.address, e.details::jsonb,
        '', ''
    FROM unnest(p_at, p_kinds, p_severities, p_users, p_addresses, p_details) WITH ORDINALITY
        AS e (at, kind, severity, user_id, address, details, ord)
    ORDER BY e.ord
$$;

CREATE FUNCTION audit.record(p_action text, p_target text, p_severity audit.severity, p_before jsonb, p_after jsonb, p_user bigint DEFAULT NULL::bigint, p_address text DEFAULT NULL::text, p_table text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_user bigint := coalesce(p_user, nullif(current_setting('causerie.actor', true), '')::bigint);
BEGIN
    INSERT INTO audit.pending (
        user_id, actor, action, table_name, target, address, severity, before, after)
    VALUES (
        v_user, coalesce('user:' || v_user, 'database:' || session_user), p_action, p_table,
        p_target,
        coalesce(p_address, nullif(current_setting('causerie.address', true), ''),
            host(inet_client_addr())),
        p_severity, p_before, p_after);
END $$;

CREATE FUNCTION audit.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE insufficient_privilege USING
        MESSAGE = format('%s.%s is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME);
END $$;

CREATE FUNCTION audit.refuse_removal() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM audit.archives r WHERE r.chain = TG_TABLE_NAME AND r.last_id >= OLD.id
    ) THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('%s.%s is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME);
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION audit.watch(watched regclass, key text, severity audit.severity, columns text[], secret text[] DEFAULT '{}'::text[]) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    v_columns text;
    v_changed text;
BEGIN
    SELECT string_agg(format('%I', c), ', '),
        string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', c), ' OR ')
    INTO v_columns, v_changed
    FROM unnest(columns || secret) AS u (c);
    EXECUTE format(
        'CREATE TRIGGER audited AFTER INSERT OR DELETE ON %s FOR EACH ROW'
        ' EXECUTE FUNCTION audit.note_change(%L, %L, %L, %L)',
        watched, key, severity, columns, secret);
    EXECUTE format(
        'CREATE TRIGGER audited_update AFTER UPDATE OF %s ON %s FOR EACH ROW WHEN (%s)'
        ' EXECUTE FUNCTION audit.note_change(%L, %L, %L, %L)',
        v_columns, watched, v_changed, key, severity, columns, secret);
    EXECUTE format(
        'CREATE TRIGGER audited_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT'
        ' EXECUTE FUNCTION audit.note_truncation()', watched);
END $_$;

CREATE FUNCTION conversations.admit(p_id bigint, p_users bigint[], p_role conversations.member_role, p_actor bigint) RETURNS TABLE(user_id bigint, rev bigint)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_new bigint[];
    v_rev bigint;
BEGIN
    WITH entered AS (
        INSERT INTO conversations.members AS m (conversation_id, user_id, role, read_seq)
        SELECT c.id, u.id, p_role, c.last_seq
        FROM conversations.conversations c, unnest(p_users) AS u (id)
        WHERE c.id = p_id
        ORDER BY u.id
        ON CONFLICT DO NOTHING
        RETURNING m.user_id
    )
    SELECT array_agg(e.user_id ORDER BY e.user_id) INTO v_new FROM entered e;
    IF v_new IS NULL THEN
        RETURN;
    END IF;
    UPDATE conversations.conversations c SET rev = c.rev + cardinality(v_new)
    WHERE c.id = p_id
    RETURNING c.rev - cardinality(v_new) INTO v_rev;
    RETURN QUERY
    INSERT INTO conversations.changes AS h (conversation_id, rev, kind, subject, actor_id)
    SELECT p_id, v_rev + n.nth, 'member_joined', n.id, p_actor
    FROM unnest(v_new) WITH ORDINALITY AS n (id, nth)
    RETURNING h.subject, h.rev;
END $$;

CREATE FUNCTION conversations.blockers_of(p_blocked bigint, p_users bigint[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE ROWS 1
    AS $$
    SELECT b.blocker_id FROM conversations.blocks b
    WHERE b.blocked_id = p_blocked AND b.blocker_id = ANY (p_users)
$$;

CREATE FUNCTION conversations.count_members() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE conversations.conversations c SET member_count = c.member_count + n.count
        FROM (SELECT conversation_id, count(*) FROM touched GROUP BY 1) n
        WHERE c.id = n.conversation_id;
    ELSE
        UPDATE conversations.conversations c SET member_count = c.member_count - n.count
        FROM (SELECT conversation_id, count(*) FROM touched GROUP BY 1) n
        WHERE c.id = n.conversation_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION conversations.few_members(p_id bigint, p_most integer) RETURNS SETOF bigint
    LANGUAGE sql STABLE ROWS 10
    AS $$
    SELECT m.user_id
    FROM conversations.conversations c
    JOIN conversations.members m ON m.conversation_id = c.id
    WHERE c.id = p_id AND c.member_count <= p_most
$$;

CREATE FUNCTION conversations.hold(p_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM 1 FROM conversations.conversations c
    WHERE c.id = ANY (p_ids) ORDER BY c.id FOR NO KEY UPDATE;
END $$;

CREATE FUNCTION conversations.hold_pair(p_one bigint, p_other bigint) RETURNS void
    LANGUAGE sql
    AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(
        format('causerie.pair.%s.%s', least(p_one, p_other), greatest(p_one, p_other)), 0))
$$;

CREATE FUNCTION conversations.is_discreet(p_user bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM conversations.discreet d WHERE d.user_id = p_user)
$$;

CREATE FUNCTION conversations.kind_of(p_id bigint) RETURNS conversations.kind
    LANGUAGE sql STABLE
    AS $$
    SELECT c.kind FROM conversations.conversations c WHERE c.id = p_id
$$;

CREATE FUNCTION conversations.lock_and_see(p_id bigint, p_user bigint) RETURNS SETOF conversations.view
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM 1 FROM conversations.conversations c WHERE c.id = p_id FOR NO KEY UPDATE;
    -- A statement of its own: it sees what was committed while the one above waited.
    RETURN QUERY SELECT * FROM conversations.seen_by(p_user, ARRAY[p_id]);
END $$;

CREATE FUNCTION conversations.members_named(p_id bigint, p_names text[]) RETURNS TABLE(user_id bigint, name text)
    LANGUAGE sql STABLE ROWS 10
    AS $$
    SELECT n.id, n.name
    FROM accounts.ids_named(p_names) n
    JOIN conversations.members m ON m.conversation_id = p_id AND m.user_id = n.id
$$;

CREATE FUNCTION conversations.move_read(p_conversations bigint[], p_users bigint[], p_seqs bigint[]) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE conversations.members m SET read_seq = n.seq
    FROM unnest(p_conversations, p_users, p_seqs) AS n (conversation_id, user_id, seq)
    WHERE m.conversation_id = n.conversation_id AND m.user_id = n.user_id AND m.read_seq < n.seq
$$;

CREATE FUNCTION conversations.of_actor() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
            SELECT m.conversation_id FROM conversations.members m
            WHERE m.user_id = foundation.actor()
        $$;

CREATE FUNCTION conversations.place_of(p_id bigint, p_user bigint) RETURNS TABLE(kind conversations.kind, role conversations.member_role, is_archived boolean)
    LANGUAGE sql STABLE
    AS $$
    SELECT c.kind, m.role, c.archived_at IS NOT NULL
    FROM conversations.conversations c
    LEFT JOIN conversations.members m ON m.conversation_id = c.id AND m.user_id = p_user
    WHERE c.id = p_id
$$;

CREATE FUNCTION conversations.places_of(p_user bigint, p_names text[], p_peers bigint[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT c.id
    FROM conversations.members m JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE m.user_id = p_user
        AND (lower(c.name COLLATE "C") = ANY (p_names)
            OR (c.low_user_id = p_user AND c.high_user_id = ANY (p_peers))
            OR (c.high_user_id = p_user AND c.low_user_id = ANY (p_peers)))
$$;

CREATE FUNCTION conversations.position_of(p_id bigint, OUT seq bigint, OUT rev bigint) RETURNS record
    LANGUAGE sql STABLE
    AS $$
    SELECT c.last_seq, c.rev FROM conversations.conversations c WHERE c.id = p_id
$$;

CREATE FUNCTION conversations.positions() RETURNS TABLE(id bigint, last_seq bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT c.id, c.last_seq FROM conversations.conversations c
$$;

CREATE FUNCTION conversations.positions_after(p_conversation bigint, p_user bigint, p_limit integer) RETURNS TABLE(conversation_id bigint, user_id bigint, read_seq bigint, last_seq bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT m.conversation_id, m.user_id, m.read_seq, c.last_seq
    FROM conversations.members m
    JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE (m.conversation_id, m.user_id) > (p_conversation, p_user)
    ORDER BY m.conversation_id, m.user_id LIMIT p_limit
$$;

CREATE FUNCTION conversations.positions_of(p_user bigint) RETURNS TABLE(id bigint, last_seq bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT c.id, c.last_seq
    FROM conversations.members m JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE m.user_id = p_user
$$;

CREATE FUNCTION conversations.read_all(p_user bigint) RETURNS TABLE(conversation_id bigint, kind conversations.kind, seq bigint, member_count integer)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_ids bigint[] := ARRAY(SELECT u.conversation_id FROM conversations.unread_of(p_user) u);
BEGIN
    PERFORM conversations.hold(v_ids);
    RETURN QUERY
    UPDATE conversations.members m SET read_seq = c.last_seq, read_at = clock_timestamp()
    FROM conversations.conversations c
    WHERE c.id = ANY (v_ids) AND m.conversation_id = c.id AND m.user_id = p_user
        AND m.read_seq < c.last_seq
    RETURNING c.id, c.kind, m.read_seq, c.member_count;
END $$;

CREATE FUNCTION conversations.read_by(p_id bigint, p_users bigint[], p_seq bigint) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT u.id FROM unnest(p_users) AS u (id)
    WHERE NOT EXISTS (
        SELECT FROM conversations.members m
        WHERE m.conversation_id = p_id AND m.user_id = u.id AND m.read_seq < p_seq)
$$;

CREATE FUNCTION conversations.readers(p_id bigint, p_limit integer) RETURNS TABLE(user_id bigint, seq bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT m.user_id, CASE WHEN i.user_id IS NULL THEN m.read_seq ELSE w.seq END
    FROM conversations.members m
    LEFT JOIN conversations.discreet i ON i.user_id = m.user_id AND i.reason = 'invisible'
    LEFT JOIN conversations.withheld w
        ON w.user_id = m.user_id AND w.conversation_id = m.conversation_id
    WHERE m.conversation_id = p_id
        AND (i.user_id IS NULL OR w.seq IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM conversations.discreet o WHERE o.user_id = m.user_id AND o.reason = 'off')
    ORDER BY m.user_id LIMIT p_limit
$$;

CREATE FUNCTION conversations.seen_by(p_user bigint, p_ids bigint[]) RETURNS SETOF conversations.view
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION conversations.set_block(p_blocker bigint, p_blocked bigint, p_is_blocked boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_chat bigint;
    v_role conversations.member_role := CASE WHEN p_is_blocked THEN 'read_only' ELSE 'member' END;
BEGIN
    PERFORM conversations.hold_pair(p_blocker, p_blocked);
    IF p_is_blocked THEN
        INSERT INTO conversations.blocks (blocker_id, blocked_id)
        VALUES (p_blocker, p_blocked) ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM conversations.blocks
        WHERE blocker_id = p_blocker AND blocked_id = p_blocked;
    END IF;
    SELECT c.id INTO v_chat FROM conversations.conversations c
    WHERE c.low_user_id = least(p_blocker, p_blocked)
        AND c.high_user_id = greatest(p_blocker, p_blocked);
    -- No send is under way while this is held, and the next one sees the role.
    PERFORM conversations.hold(ARRAY[v_chat]);
    UPDATE conversations.members SET role = v_role
    WHERE conversation_id = v_chat AND user_id = p_blocked AND role <> v_role;
    RETURN CASE WHEN FOUND THEN v_chat END;
END $$;

CREATE FUNCTION conversations.set_discreet(p_user bigint, p_reason text, p_is_discreet boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT p_is_discreet THEN
        DELETE FROM conversations.discreet WHERE user_id = p_user AND reason = p_reason;
        IF FOUND AND p_reason = 'invisible' THEN
            DELETE FROM conversations.withheld WHERE user_id = p_user;
        END IF;
        RETURN;
    END IF;
    INSERT INTO conversations.discreet (user_id, reason) VALUES (p_user, p_reason)
    ON CONFLICT DO NOTHING;
    IF FOUND AND p_reason = 'invisible' THEN
        INSERT INTO conversations.withheld (user_id, conversation_id, seq)
        SELECT m.user_id, m.conversation_id, m.read_seq
        FROM conversations.members m WHERE m.user_id = p_user;
    END IF;
END $$;

CREATE FUNCTION conversations.share_one(p_one bigint, p_other bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM conversations.members one
        JOIN conversations.members other ON other.conversation_id = one.conversation_id
        WHERE one.user_id = p_one AND other.user_id = p_other
    )
$$;

CREATE FUNCTION conversations.standings(p_conversations bigint[], p_users bigint[]) RETURNS text[]
    LANGUAGE sql STABLE
    AS $$
    SELECT array_agg(
        CASE WHEN s.standing IS NOT NULL THEN s.standing
             WHEN m.role IS NULL THEN 'stranger'
             WHEN c.archived_at IS NOT NULL THEN 'archived'
             WHEN m.role = 'read_only' THEN 'read_only'
             ELSE 'may_send' END
        ORDER BY i.ord)
    FROM unnest(p_conversations, p_users) WITH ORDINALITY AS i (conversation_id, user_id, ord)
    LEFT JOIN conversations.members m
        ON m.conversation_id = i.conversation_id AND m.user_id = i.user_id
    LEFT JOIN conversations.conversations c ON c.id = i.conversation_id
    LEFT JOIN accounts.silenced() s ON s.user_id = i.user_id
$$;

CREATE FUNCTION conversations.take_rev(p_id bigint, p_kind text, p_subject bigint, p_actor bigint, OUT rev bigint, OUT last_seq bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE conversations.conversations c SET rev = c.rev + 1
    WHERE c.id = p_id
    RETURNING c.rev, c.last_seq INTO rev, last_seq;
    INSERT INTO conversations.changes (conversation_id, rev, kind, subject, actor_id)
    VALUES (p_id, take_rev.rev, p_kind, p_subject, p_actor);
END $$;

CREATE FUNCTION conversations.take_seqs(p_ids bigint[], p_counts integer[]) RETURNS TABLE(conversation_id bigint, first_seq bigint, at timestamp with time zone)
    LANGUAGE sql
    AS $$
    UPDATE conversations.conversations c
    SET last_seq = c.last_seq + n.count,
        last_at = greatest(c.last_at, date_trunc('milliseconds', clock_timestamp()))
    FROM unnest(p_ids, p_counts) AS n (id, count)
    WHERE c.id = n.id
    RETURNING c.id, c.last_seq - n.count + 1, c.last_at
$$;

CREATE FUNCTION conversations.unread_of(p_user bigint) RETURNS TABLE(conversation_id bigint, kind conversations.kind, read_seq bigint, last_seq bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT c.id, c.kind, m.read_seq, c.last_seq
    FROM conversations.members m
    JOIN conversations.conversations c ON c.id = m.conversation_id
    WHERE m.user_id = p_user AND m.read_seq < c.last_seq
    ORDER BY c.id
$$;

CREATE FUNCTION files.attach(p_file_ids bigint[], p_message_ids bigint[], p_conversations bigint[], p_places smallint[]) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE files.files f
    SET message_id = i.message_id, conversation_id = i.conversation_id, place = i.place
    FROM unnest(p_file_ids, p_message_ids, p_conversations, p_places)
        AS i (file_id, message_id, conversation_id, place)
    WHERE f.id = i.file_id
$$;

CREATE FUNCTION files.keep(p_user bigint, p_file_ids bigint[], p_until timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT files.may_attach(p_user, p_file_ids) THEN
        RETURN false;
    END IF;
    UPDATE files.files f SET keep_until = greatest(f.keep_until, p_until)
    WHERE f.id = ANY (p_file_ids);
    RETURN true;
END $$;

CREATE FUNCTION files.lose_avatar() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM accounts.set_avatar(NEW.uploader_id, NULL);
    RETURN NULL;
END $$;

CREATE FUNCTION files.may_attach(p_user bigint, p_file_ids bigint[]) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM 1 FROM files.files f WHERE f.id = ANY (p_file_ids) ORDER BY f.id FOR NO KEY UPDATE;
    -- A statement of its own: it sees what was committed while the one above waited.
    RETURN cardinality(p_file_ids) = (
        SELECT count(*) FROM files.files f
        WHERE f.id = ANY (p_file_ids) AND f.uploader_id = p_user AND f.message_id IS NULL
            AND NOT f.is_avatar AND f.state IN ('quarantined', 'held', 'clean'));
END $$;

CREATE FUNCTION files.remove_of(p_message_id bigint) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE files.files f SET state = 'removed', name = 'file', reason = NULL
    WHERE f.message_id = p_message_id AND f.state <> 'removed'
$$;

CREATE FUNCTION files.settle(p_id bigint, p_state files.state, p_reason text, p_width integer, p_height integer, p_thumbnail_bytes integer, OUT is_settled boolean, OUT rev bigint, OUT last_seq bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_conversation bigint;
    v_before files.files;
BEGIN
    SELECT f.conversation_id INTO v_conversation FROM files.files f WHERE f.id = p_id;
    IF v_conversation IS NOT NULL THEN
        PERFORM conversations.hold(ARRAY[v_conversation]);
    END IF;
    SELECT * INTO v_before FROM files.files f WHERE f.id = p_id FOR NO KEY UPDATE;
    IF v_before.conversation_id IS DISTINCT FROM v_conversation THEN
        RETURN;
    END IF;
    is_settled := CASE p_state WHEN 'removed' THEN v_before.state <> 'removed'
                               ELSE v_before.state IN ('quarantined', 'held') END;
    IF NOT is_settled THEN
        RETURN;
    END IF;
    UPDATE files.files f
    SET state = p_state, reason = p_reason, settled_at = clock_timestamp(), next_try_at = NULL,
        name = CASE p_state WHEN 'removed' THEN 'file' ELSE f.name END,
        width = coalesce(p_width, f.width), height = coalesce(p_height, f.height),
        thumbnail_bytes = coalesce(p_thumbnail_bytes, f.thumbnail_bytes)
    WHERE f.id = p_id;
    -- What is held looks as before to everybody.
    IF v_conversation IS NOT NULL AND p_state <> 'held' THEN
        SELECT t.rev, t.last_seq INTO rev, last_seq
        FROM conversations.take_rev(
            v_conversation, 'message_files', v_before.message_id, v_before.uploader_id) t;
    END IF;
END $$;

CREATE FUNCTION files.show_avatar(p_user bigint, p_file bigint) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION files.shown(p_message_id bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION foundation.actor() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT nullif(current_setting('causerie.actor', true), '')::bigint
$$;

CREATE FUNCTION foundation.has_reader() RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$SELECT true$$;

CREATE FUNCTION foundation.is_time_zone(p_name text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = p_name)
        AND p_name !~ '^(posix|right)/' AND p_name NOT IN ('localtime', 'posixrules')
$$;

CREATE FUNCTION foundation.protect(guarded regclass, readable text DEFAULT NULL::text, columns text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_schema name := (SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = guarded);
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    IF NOT foundation.has_reader() THEN
        EXECUTE format(
            'CREATE POLICY everyone ON %s TO PUBLIC'
            ' USING ((SELECT current_setting(''causerie.scope'', true)) IS DISTINCT FROM ''reader'''
            ' OR (%s))'
            ' WITH CHECK ('
            '(SELECT current_setting(''causerie.scope'', true)) IS DISTINCT FROM ''reader'')',
            guarded, coalesce(readable, 'false'));
        RETURN;
    END IF;
    EXECUTE format(
        'CREATE POLICY writers ON %s TO causerie_writer USING (true) WITH CHECK (true)', guarded);
    EXECUTE format(
        'CREATE POLICY keepers ON %s TO causerie_keeper USING (true) WITH CHECK (true)', guarded);
    EXECUTE format(
        'CREATE POLICY finders ON %s FOR SELECT TO causerie_finder USING (true)', guarded);
    IF readable IS NOT NULL THEN
        EXECUTE format(
            'CREATE POLICY readers ON %s FOR SELECT TO causerie_reader USING (%s)',
            guarded, readable);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO causerie_reader', v_schema);
        EXECUTE format(
            'GRANT SELECT %s ON %s TO causerie_reader',
            CASE WHEN columns IS NOT NULL THEN format('(%s)', columns) ELSE '' END, guarded);
    END IF;
END $$;

CREATE FUNCTION limits.note_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE limits.revision SET revision = revision + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION messages.count_reactions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    UPDATE messages.messages m SET reactions = messages.sum_up(m.reactions, c.emojis, c.counts)
    FROM (
        SELECT n.conversation_id, n.seq, array_agg(n.emoji ORDER BY n.first_at) AS emojis,
            array_agg(v_sign * n.count ORDER BY n.first_at) AS counts
        FROM (
            SELECT t.conversation_id, t.seq, t.emoji, count(*), min(t.created_at) AS first_at
            FROM touched t GROUP BY 1, 2, 3
        ) n
        GROUP BY 1, 2
    ) c
    WHERE m.conversation_id = c.conversation_id AND m.seq = c.seq AND m.deleted_at IS NULL;

    IF TG_OP = 'INSERT' THEN
        INSERT INTO messages.emoji_totals AS e (conversation_id, emoji, count)
        SELECT t.conversation_id, t.emoji, count(*) FROM touched t GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (conversation_id, emoji) DO UPDATE SET count = e.count + excluded.count;
    ELSE
        UPDATE messages.emoji_totals e SET count = e.count - n.count
        FROM (SELECT t.conversation_id, t.emoji, count(*) FROM touched t GROUP BY 1, 2) n
        WHERE e.conversation_id = n.conversation_id AND e.emoji = n.emoji;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION messages.count_reply() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    c_most CONSTANT integer := 100; -- participants on the row, which every page carries
    v_seq bigint;
    v_author bigint;
BEGIN
    UPDATE messages.messages m
    SET reply_count = coalesce(m.reply_count, 0) + 1,
        last_reply_at = NEW.created_at,
        participants = CASE
            WHEN NEW.sender_id = ANY (m.participants) OR cardinality(m.participants) >= c_most
            THEN m.participants ELSE m.participants || NEW.sender_id END
    FROM messages.locator l
    WHERE l.id = NEW.parent_id AND m.conversation_id = l.conversation_id AND m.seq = l.seq
    RETURNING m.seq, m.sender_id INTO STRICT v_seq, v_author;
    INSERT INTO messages.replies (conversation_id, root_id, seq)
    VALUES (NEW.conversation_id, NEW.parent_id, NEW.seq);
    INSERT INTO messages.threads AS t (conversation_id, root_id, root_seq, last_seq)
    VALUES (NEW.conversation_id, NEW.parent_id, v_seq, NEW.seq)
    ON CONFLICT (conversation_id, root_id) DO UPDATE
    SET last_seq = greatest(t.last_seq, excluded.last_seq);
    INSERT INTO messages.thread_members AS t
        (conversation_id, root_id, user_id, replies, attention)
    SELECT NEW.conversation_id, NEW.parent_id, u.id,
        CASE WHEN u.id = NEW.sender_id THEN 1 ELSE 0 END, 'following'
    FROM (SELECT NEW.sender_id UNION SELECT v_author) AS u (id)
    ON CONFLICT (conversation_id, root_id, user_id) DO UPDATE
    SET replies = t.replies + excluded.replies WHERE excluded.replies > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION messages.drop_reactions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM messages.reactions r
    WHERE r.conversation_id = NEW.conversation_id AND r.seq = NEW.seq;
    RETURN NULL;
END $$;

CREATE TABLE messages.messages (
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    id bigint NOT NULL,
    sender_id bigint NOT NULL,
    message_type messages.message_type NOT NULL,
    content text NOT NULL,
    client_id text,
    created_at timestamp with time zone NOT NULL,
    edited_at timestamp with time zone,
    deleted_at timestamp with time zone,
    parent_id bigint,
    reply_count integer,
    last_reply_at timestamp with time zone,
    participants bigint[],
    mentions bigint[],
    reactions jsonb,
    pinned_at timestamp with time zone,
    pinned_by bigint,
    audience messages.audience,
    files jsonb,
    CONSTRAINT a_tombstone_says_nothing CHECK (((deleted_at IS NULL) OR ((content = ''::text) AND (mentions IS NULL) AND (audience IS NULL) AND (reactions IS NULL) AND (pinned_at IS NULL)))),
    CONSTRAINT messages_seq_check CHECK ((seq > 0))
);

ALTER TABLE ONLY messages.messages FORCE ROW LEVEL SECURITY;

CREATE FUNCTION messages.facets_of(p messages.messages) RETURNS tsvector
    LANGUAGE sql STABLE
    AS $$
    SELECT array_to_tsvector(
        ARRAY['#c' || p.conversation_id, '#u' || p.sender_id,
              '#v' || (p.id >> 11), '#w' || (p.id >> 14), '#x' || (p.id >> 17),
              '#y' || (p.id >> 20), '#z' || (p.id >> 23)]
        || CASE WHEN p.message_type = 'file' THEN ARRAY['#file'] END
        || CASE WHEN p.content ~* '\mhttps?://\S' THEN ARRAY['#link'] END
        || CASE WHEN p.reactions IS NOT NULL THEN ARRAY['#reaction'] END
        || CASE WHEN p.pinned_at IS NOT NULL THEN ARRAY['#pin'] END)
$$;

CREATE FUNCTION messages.find(p_words text[], p_phrases text[], p_without text[], p_facets text[], p_conversations bigint[], p_after timestamp with time zone, p_before timestamp with time zone, p_limit integer, p_candidates integer, p_tail integer, p_scan integer, p_fetch integer) RETURNS TABLE(conversation_id bigint, seq bigint, score double precision)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    SET client_min_messages TO 'warning'
    AS $$
#variable_conflict use_column
DECLARE
    v_reader bigint := foundation.actor();
    v_setting text := coalesce(current_setting('causerie.scope', true), '');
    v_after timestamptz := coalesce(p_after, '-infinity');
    v_before timestamptz := coalesce(p_before, 'infinity');
    v_term text;
    v_word text;
    v_query tsquery;
    v_text tsquery := '';  -- what is ranked by
    v_all tsquery := '';   -- what must hold
    v_words tsquery[] := '{}'; -- the same without the order of words, as the index knows it:
    v_rarest tsquery := '';    -- one word
    v_rest tsquery := '';      -- and what else there is
    v_has_order boolean;
    v_window tsquery;
    v_past tsquery := '';  -- the window of the step before, of v_seen ids
    v_seen bigint := 0;
    v_first tsquery;
    v_second tsquery;
    v_rooms bigint[];
    v_scope bigint;        -- messages in all of them
    v_top bigint;          -- the ids that can be meant: from v_bottom to v_top
    v_bottom bigint := 0;
    -- How many of them are looked at, from the top.
    v_span bigint := CASE WHEN p_phrases = '{}' THEN 2048 ELSE 8192 END;
    v_next bigint;
    v_expected float;      -- matches in all that can be meant
    v_count bigint;
    v_matches bigint := 0;
    v_fetch bigint := CASE WHEN p_phrases = '{}' THEN p_fetch ELSE p_fetch * 2 / 5 END;
    v_is_last boolean := false;
    v_fresh messages.hit[];
    v_hits messages.hit[];
BEGIN
    IF NOT foundation.has_reader() THEN
        PERFORM set_config('causerie.scope', '', true);
    END IF;
    <<look>>
    BEGIN
        SELECT array_agg(p.id), sum(p.last_seq) INTO v_rooms, v_scope
        FROM conversations.positions_of(v_reader) p
        WHERE p_conversations IS NULL OR p.id = ANY (p_conversations);
        EXIT look WHEN v_rooms IS NULL;

        FOREACH v_term IN ARRAY p_words LOOP
            v_query := messages.term_query(v_term);
            v_text := v_text && v_query;
            IF NOT messages.is_stop_word(v_term) THEN
                v_all := v_all && v_query;
                v_words := v_words || messages.without_order(v_query);
            END IF;
        END LOOP;
        FOREACH v_term IN ARRAY p_phrases LOOP
            v_all := v_all && messages.term_query(v_term);
            -- Word by word, in whichever language: all of a phrase in one language or all of it in the
            -- other costs the index twice as much, and finds hardly less.
            FOREACH v_word IN ARRAY regexp_split_to_array(v_term, '\s+') LOOP
                v_words := v_words || messages.without_order(messages.term_query(v_word));
            END LOOP;
        END LOOP;
        IF numnode(v_all) > 0 THEN
            v_text := v_all;
        ELSE
            v_words := ARRAY[messages.without_order(v_text)];
        END IF;
        FOREACH v_query IN ARRAY v_words LOOP
            -- The longest one, most of the time.
            IF length(v_query::text) > length(v_rarest::text) THEN
                v_rest := v_rest && v_rarest;
                v_rarest := v_query;
            ELSE
                v_rest := v_rest && v_query;
            END IF;
        END LOOP;
        -- There was no word in what was asked.
        EXIT look WHEN numnode(v_text) = 0 AND cardinality(p_words) + cardinality(p_phrases) > 0;
        v_all := v_text;
        -- The index knows words, not their order: what depends on it is looked at afterwards.
        v_has_order := v_text::text ~ '<(-|\d+)>';
        FOREACH v_term IN ARRAY p_without LOOP
            v_query := messages.term_query(v_term);
            IF numnode(v_query) > 0 THEN
                v_all := v_all && !! v_query;
                IF v_query::text ~ '<(-|\d+)>' THEN
                    v_has_order := true;
                ELSE
                    v_rest := v_rest && !! v_query;
                END IF;
            END IF;
        END LOOP;
        FOREACH v_term IN ARRAY p_facets LOOP
            v_all := v_all && v_term::tsquery;
            v_rest := v_rest && v_term::tsquery;
        END LOOP;

        -- What is not in the index yet is read as it is.
        SELECT array_agg(
            ROW(t.conversation_id, t.seq, t.created_at, ts_rank(t.vector, v_text, 1))::messages.hit)
        INTO v_fresh
        FROM (
            SELECT (n.message).conversation_id, (n.message).seq, (n.message).created_at,
                messages.search_vector(n.message) AS vector
            FROM (
                SELECT p.id, coalesce(i.seq, 0) AS indexed, count(*) OVER () AS conversations
                FROM conversations.positions_of(v_reader) p
                LEFT JOIN messages.indexed i ON i.conversation_id = p.id
                WHERE p.last_seq > coalesce(i.seq, 0)
                    AND (p_conversations IS NULL OR p.id = ANY (p_conversations))
            ) b,
            LATERAL (
                SELECT m AS message FROM messages.messages m
                WHERE m.conversation_id = b.id AND m.seq > b.indexed
                ORDER BY m.seq DESC LIMIT greatest(p_tail / b.conversations, 1)
            ) n
            WHERE (n.message).deleted_at IS NULL
                AND (n.message).created_at > v_after AND (n.message).created_at < v_before
            ORDER BY (n.message).id DESC LIMIT p_tail
        ) t
        WHERE t.vector @@ v_all;

        -- Few conversations are named in what the index is asked; of many, what it gives is filtered.
        IF cardinality(v_rooms) <= 4 THEN
            SELECT v_rest && string_agg(format('''#c%s''', r.id), '|')::tsquery INTO v_rest
            FROM unnest(v_rooms) AS r (id);
        END IF;
        SELECT coalesce(max(l.id), 0) INTO v_top FROM messages.locator l;
        IF p_after IS NOT NULL THEN
            v_bottom := messages.id_at(p_after, v_top);
        END IF;
        IF p_before IS NOT NULL THEN
            v_top := messages.id_at(p_before, v_top);
        END IF;

        LOOP
            -- What is older than p_before has a window even where it goes back to the first message:
            -- without one the index gives what is newer, too.
            v_count := least(
                v_span, v_top - v_bottom + 2048, CASE WHEN p_before IS NOT NULL THEN v_top - 1 END);
            v_window := messages.window_of(v_top, v_count, v_seen);
            IF v_window IS NULL THEN
                v_past := '';
                v_matches := 0;
                v_hits := NULL;
            END IF;
            -- Of two conditions each leaps to the next message that the other has. In one of several
            -- words every message that has the rarest is looked at, and judged by all of it.
            v_first := coalesce(v_window, nullif(v_rarest, ''), v_rest);
            v_second := coalesce(
                nullif(CASE WHEN v_window IS NULL THEN v_rest ELSE v_rarest && v_rest END, ''), v_first);
            WITH matched AS MATERIALIZED (
                -- Words are put in order only for what the reader may see.
                SELECT s.conversation_id, s.seq, s.created_at,
                    CASE WHEN NOT s.conversation_id IN (SELECT unnest(v_rooms)) THEN false
                         WHEN v_has_order THEN s.vector @@ v_all
                         ELSE true END AS is_found
                FROM messages.search s
                WHERE s.vector @@ v_first AND s.vector @@ v_second AND NOT s.vector @@ v_past
                    AND s.created_at > v_after AND s.created_at < v_before
            ), newest AS (
                SELECT a.* FROM (
                    SELECT m.conversation_id, m.seq, m.created_at FROM matched m WHERE m.is_found
                    UNION ALL
                    SELECT h.conversation_id, h.seq, h.created_at FROM unnest(v_hits) AS h
                ) a
                ORDER BY a.created_at DESC, a.seq DESC LIMIT p_candidates
            )
            SELECT v_matches + (SELECT count(*) FROM matched),
                array_agg(ROW(n.conversation_id, n.seq, n.created_at, NULL)::messages.hit)
            INTO v_matches, v_hits
            FROM newest n;
            EXIT WHEN v_window IS NULL OR v_is_last OR v_span >= v_top - v_bottom
                OR cardinality(v_hits) >= p_candidates;
            IF v_scope <= p_scan AND v_scope < v_matches * (v_top - v_bottom) / v_span THEN
                -- More would match in the index than the reader has messages at all.
                SELECT array_agg(ROW(h.conversation_id, h.seq, h.created_at, NULL)::messages.hit)
                INTO v_hits
                FROM (
                    SELECT s.conversation_id, s.seq, s.created_at
                    FROM unnest(v_rooms) AS r (id), LATERAL (
                        SELECT * FROM messages.search s
                        WHERE s.conversation_id = r.id AND s.vector @@ v_all
                            AND s.created_at > v_after AND s.created_at < v_before OFFSET 0
                    ) s
                    ORDER BY s.created_at DESC, s.seq DESC LIMIT p_candidates
                ) h;
                EXIT;
            END IF;
            v_expected := (v_matches + 3.0) * (v_top - v_bottom) / v_span;
            -- As far back as what is missing probably lies: the fewer were found, the less is known of it.
            v_next := v_span * (1.3 + 1 / sqrt(1 + coalesce(cardinality(v_hits), 0)))
                * p_candidates / greatest(cardinality(v_hits), 1);
            IF v_expected <= least(v_fetch, 5 * p_candidates)
                OR v_expected <= v_fetch AND v_next * 3 > v_top - v_bottom
            THEN
                -- All there is, at once: each step looks through most of what the rarest word has.
                v_next := v_top - v_bottom;
            ELSE
                -- Not more than 64 times as far, nor much further than v_fetch matches reach.
                v_next := least(v_next, v_span * 64);
                IF v_matches::float * v_next / v_span > v_fetch THEN
                    v_next := v_span * v_fetch / v_matches;
                    v_is_last := true;
                    EXIT WHEN v_next <= v_span;
                END IF;
            END IF;
            v_past := messages.window_of(v_top, v_count);
            v_seen := v_count;
            v_span := v_next;
        END LOOP;
    END look;

    RETURN QUERY
    -- Relevance first; a message of today counts up to twice as much as an old one.
    SELECT r.conversation_id, r.seq,
        CASE WHEN numnode(v_text) = 0 THEN 1 ELSE r.rank END
            * (1 + 1 / (1 + greatest(
                extract(epoch FROM now() - r.created_at)::double precision, 0) / 2592000))
            AS score
    FROM (
        SELECT * FROM unnest(v_fresh)
        UNION ALL
        SELECT h.conversation_id, h.seq, h.created_at, ts_rank(s.vector, v_text, 1)
        FROM unnest(v_hits) h, LATERAL (
            SELECT s.vector FROM messages.search s
            WHERE s.conversation_id = h.conversation_id AND s.seq = h.seq OFFSET 0
        ) s
    ) r
    ORDER BY score DESC, r.created_at DESC, r.seq DESC
    LIMIT p_limit;
    IF NOT foundation.has_reader() THEN
        PERFORM set_config('causerie.scope', v_setting, true);
    END IF;
END $$;

CREATE FUNCTION messages.find_mentions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    -- As many are named one by one where all are called; more would make every copy of the message
    -- longer than its text.
    c_few CONSTANT integer := 100;
    v_words text[];
    v_named bigint[];
BEGIN
    NEW.mentions := NULL;
    NEW.audience := NULL;
    IF NEW.deleted_at IS NULL
        AND current_setting('causerie.mentions', true) IS DISTINCT FROM 'off'
    THEN
        v_words := messages.words_behind_at(NEW.content);
    END IF;
    IF v_words IS NOT NULL THEN
        -- "@mia." names mia., or else mia: the longest name that a member has.
        SELECT array_agg(DISTINCT n.user_id ORDER BY n.user_id) INTO v_named
        FROM (
            SELECT DISTINCT ON (w.word) m.user_id
            FROM unnest(v_words) AS w (word)
            JOIN conversations.members_named(
                    NEW.conversation_id,
                    v_words || ARRAY(SELECT rtrim(u.word, '._-') FROM unnest(v_words) AS u (word))
                ) m ON m.name IN (w.word, rtrim(w.word, '._-'))
            ORDER BY w.word, length(m.name) DESC
        ) n;
        v_words := ARRAY(SELECT rtrim(u.word, '._-') FROM unnest(v_words) AS u (word));
        IF v_words && ARRAY['here', 'room']
            AND accounts.user_may(NEW.sender_id, 'messages.mention_everyone')
        THEN
            NEW.audience := CASE WHEN 'room' = ANY (v_words) THEN 'room' ELSE 'here' END;
        END IF;
        NEW.mentions := v_named;
        IF NEW.audience IS NOT NULL THEN
            SELECT array_agg(u.id ORDER BY u.id) INTO NEW.mentions
            FROM (
                SELECT unnest(v_named)
                UNION
                SELECT m FROM conversations.few_members(NEW.conversation_id, c_few) AS m
                WHERE m <> NEW.sender_id
            ) AS u (id);
        END IF;
        INSERT INTO messages.mentions AS t
            (conversation_id, seq, user_id, audience, message_id, root_id, sender_id)
        SELECT NEW.conversation_id, NEW.seq, u.id, u.audience, NEW.id, NEW.parent_id, NEW.sender_id
        FROM (
            SELECT n.id, NULL::messages.audience
            FROM unnest(v_named) AS n (id) WHERE n.id <> NEW.sender_id
            UNION ALL
            SELECT 0, NEW.audience WHERE NEW.audience IS NOT NULL
        ) AS u (id, audience)
        ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
        SET withdrawn_at = NULL, audience = excluded.audience
        WHERE t.withdrawn_at IS NOT NULL OR t.audience IS DISTINCT FROM excluded.audience;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        UPDATE messages.mentions t SET withdrawn_at = clock_timestamp()
        WHERE t.conversation_id = NEW.conversation_id AND t.seq = NEW.seq
            AND t.withdrawn_at IS NULL
            AND t.user_id <> ALL (
                CASE WHEN NEW.audience IS NOT NULL THEN ARRAY[0::bigint] ELSE '{}' END
                || coalesce(v_named, '{}'))
            -- Who was there when all were called stays called as long as the word stands.
            AND (t.audience IS DISTINCT FROM 'here' OR NEW.audience IS NULL);
        UPDATE messages.mentions t SET withdrawn_at = NULL
        WHERE t.conversation_id = NEW.conversation_id AND t.seq = NEW.seq
            AND t.audience = 'here' AND t.withdrawn_at IS NOT NULL AND NEW.audience IS NOT NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION messages.hide_files() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.files := NULL;
    RETURN NEW;
END $$;

CREATE FUNCTION messages.id_at(p_at timestamp with time zone, p_newest bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_low bigint := 0;
    v_high bigint := p_newest;
    v_middle bigint;
    v_at timestamptz;
BEGIN
    WHILE v_high - v_low > 1024 LOOP
        v_middle := (v_low + v_high) / 2;
        SELECT m.created_at INTO v_at
        FROM (
            SELECT l.conversation_id, l.seq FROM messages.locator l
            WHERE l.id > v_middle ORDER BY l.id LIMIT 1
        ) l
        JOIN messages.messages m USING (conversation_id, seq);
        IF v_at < p_at THEN
            v_low := v_middle;
        ELSE
            v_high := v_middle;
        END IF;
    END LOOP;
    RETURN least(v_high + 1024, p_newest); -- together, but not to the millisecond
END $$;

CREATE FUNCTION messages.index_some(p_conversations bigint[], p_limit integer, OUT indexed integer, OUT unfinished bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_taken bigint[];
BEGIN
    -- What an answer rests on is in messages.messages: a crash may take this back.
    SET LOCAL synchronous_commit = off;
    INSERT INTO messages.indexed AS i (conversation_id)
    SELECT c.id FROM unnest(p_conversations) AS c (id)
    WHERE NOT EXISTS (SELECT FROM messages.indexed i WHERE i.conversation_id = c.id)
    ORDER BY c.id
    ON CONFLICT DO NOTHING;
    SELECT array_agg(t.conversation_id) INTO v_taken FROM (
        SELECT i.conversation_id FROM messages.indexed i
        WHERE i.conversation_id = ANY (p_conversations)
        ORDER BY i.conversation_id FOR UPDATE SKIP LOCKED
    ) t;
    -- A statement of its own, which sees all that was committed before the locks were there: an edit
    -- looks under the same lock whether its message is in the index.
    WITH chunk AS MATERIALIZED (
        SELECT n.message
        FROM messages.indexed i,
            LATERAL (
                SELECT m AS message FROM messages.messages m
                WHERE m.conversation_id = i.conversation_id AND m.seq > i.seq
                ORDER BY m.seq LIMIT p_limit
            ) n
        WHERE i.conversation_id = ANY (v_taken)
        LIMIT p_limit
    ), written AS (
        INSERT INTO messages.search (conversation_id, seq, created_at, vector)
        SELECT (c.message).conversation_id, (c.message).seq, (c.message).created_at,
            messages.search_vector(c.message)
        FROM chunk c
        WHERE (c.message).deleted_at IS NULL
    ), moved AS (
        UPDATE messages.indexed i SET seq = n.seq
        FROM (
            SELECT (c.message).conversation_id AS id, max((c.message).seq) AS seq
            FROM chunk c GROUP BY 1
        ) n
        WHERE i.conversation_id = n.id
    )
    SELECT count(*) INTO indexed FROM chunk;
    unfinished := CASE
        WHEN indexed = p_limit THEN p_conversations
        ELSE ARRAY(SELECT unnest(p_conversations) EXCEPT SELECT unnest(v_taken)) END;
END $$;

CREATE FUNCTION messages.is_stop_word(p_text text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT '{}' IN (
        ts_lexize('pg_catalog.english_stem', lower(messages.unaccented(p_text))),
        ts_lexize('pg_catalog.french_stem', lower(messages.unaccented(p_text))),
        ts_lexize('pg_catalog.french_stem', lower(p_text)))
$$;

CREATE FUNCTION messages.note_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION messages.note_here(p_conversation bigint, p_seq bigint, p_users bigint[]) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO messages.mentions AS t
        (conversation_id, seq, user_id, audience, message_id, root_id, sender_id, is_told)
    SELECT m.conversation_id, m.seq, u.id, 'here', m.message_id, m.root_id, m.sender_id, true
    FROM messages.mentions m, unnest(p_users) AS u (id)
    WHERE m.conversation_id = p_conversation AND m.seq = p_seq AND m.user_id = 0
        AND m.withdrawn_at IS NULL AND u.id <> m.sender_id
    ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
    SET withdrawn_at = NULL, audience = 'here', is_told = true
    WHERE t.withdrawn_at IS NOT NULL
$$;

CREATE FUNCTION messages.number_thread(p_conversation bigint, p_root bigint, p_actor bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_rev bigint;
BEGIN
    SELECT t.rev INTO v_rev
    FROM conversations.take_rev(p_conversation, 'thread_updated', p_root, p_actor) t;
    UPDATE messages.threads t SET rev = v_rev
    WHERE t.conversation_id = p_conversation AND t.root_id = p_root;
END $$;

CREATE FUNCTION messages.pin(p_user bigint, p_message bigint, p_is_pinned boolean, p_is_moderator boolean, p_most integer, OUT outcome text, OUT conversation_id bigint, OUT kind conversations.kind, OUT rev bigint, OUT last_seq bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_standing text := accounts.hold_standing(p_user);
    v_seq bigint;
    v_role conversations.member_role;
    v_is_archived boolean;
    v_is_deleted boolean;
    v_is_pinned boolean;
BEGIN
    SELECT l.conversation_id, l.seq INTO conversation_id, v_seq
    FROM messages.locator l WHERE l.id = p_message;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    IF v_standing = 'banned' OR (p_is_pinned AND v_standing IS NOT NULL) THEN
        outcome := v_standing;
        RETURN;
    END IF;
    FOR i IN 1..2 LOOP
        IF i = 2 THEN
            PERFORM conversations.hold(ARRAY[pin.conversation_id]);
        END IF;
        SELECT p.kind, p.role, p.is_archived INTO kind, v_role, v_is_archived
        FROM conversations.place_of(pin.conversation_id, p_user) p;
        outcome := CASE
            WHEN kind = 'direct' AND v_role IS NULL THEN 'stranger'
            WHEN kind = 'direct' AND v_role = 'read_only' THEN 'not_allowed'
            WHEN kind = 'direct' OR p_is_moderator OR v_role IN ('owner', 'admin') THEN NULL
            WHEN v_role IS NULL THEN 'stranger'
            ELSE 'not_allowed' END;
        IF outcome IS NULL AND v_is_archived THEN
            outcome := 'archived';
        END IF;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
    END LOOP;

    SELECT m.deleted_at IS NOT NULL, m.pinned_at IS NOT NULL INTO v_is_deleted, v_is_pinned
    FROM messages.messages m
    WHERE m.conversation_id = pin.conversation_id AND m.seq = v_seq;
    outcome := CASE
        WHEN v_is_pinned = p_is_pinned THEN 'unchanged'
        WHEN v_is_deleted THEN 'deleted'
        WHEN p_is_pinned AND p_most <= (
            SELECT count(*) FROM messages.messages m
            WHERE m.conversation_id = pin.conversation_id AND m.pinned_at IS NOT NULL)
        THEN 'too_many'
        ELSE 'changed' END;
    IF outcome <> 'changed' THEN
        RETURN;
    END IF;
    SELECT t.rev, t.last_seq INTO rev, last_seq
    FROM conversations.take_rev(pin.conversation_id, 'message_pinned', p_message, p_user) t;
    UPDATE messages.messages m
    SET pinned_at = CASE WHEN p_is_pinned THEN date_trunc('milliseconds', clock_timestamp()) END,
        pinned_by = CASE WHEN p_is_pinned THEN p_user END
    WHERE m.conversation_id = pin.conversation_id AND m.seq = v_seq;
END $$;

CREATE FUNCTION messages.plain_words(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
    SELECT lower(translate(p_text,
        '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~’‘“”«»…–—',
        '                                         '))
$_$;

CREATE FUNCTION messages.react(p_user bigint, p_message bigint, p_emoji text, p_is_adding boolean, p_most integer, OUT outcome text, OUT conversation_id bigint, OUT kind conversations.kind, OUT count bigint, OUT rev bigint, OUT last_seq bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_standing text := accounts.hold_standing(p_user);
    v_seq bigint;
    v_role conversations.member_role;
    v_is_archived boolean;
    v_is_deleted boolean;
    v_summary jsonb;
BEGIN
    count := 0;
    SELECT l.conversation_id, l.seq INTO conversation_id, v_seq
    FROM messages.locator l WHERE l.id = p_message;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    IF v_standing = 'banned' OR (p_is_adding AND v_standing IS NOT NULL) THEN
        outcome := v_standing;
        RETURN;
    END IF;
    -- Once before the lock, so that strangers hold up nobody, and once under it, where it holds.
    FOR i IN 1..2 LOOP
        IF i = 2 THEN
            PERFORM conversations.hold(ARRAY[react.conversation_id]);
        END IF;
        SELECT p.kind, p.role, p.is_archived INTO kind, v_role, v_is_archived
        FROM conversations.place_of(react.conversation_id, p_user) p;
        outcome := CASE
            WHEN v_role IS NULL THEN 'stranger'
            WHEN p_is_adding AND v_is_archived THEN 'archived'
            WHEN p_is_adding AND v_role = 'read_only' THEN 'read_only' END;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
    END LOOP;

    SELECT m.deleted_at IS NOT NULL, coalesce(m.reactions, '[]') INTO v_is_deleted, v_summary
    FROM messages.messages m
    WHERE m.conversation_id = react.conversation_id AND m.seq = v_seq;
    IF p_is_adding THEN
        outcome := CASE
            WHEN v_is_deleted THEN 'deleted'
            WHEN jsonb_array_length(v_summary) >= p_most
                AND NOT v_summary @> jsonb_build_array(jsonb_build_object('emoji', p_emoji))
            THEN 'too_many' END;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
        INSERT INTO messages.reactions (conversation_id, seq, user_id, emoji)
        VALUES (react.conversation_id, v_seq, p_user, p_emoji)
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM messages.reactions r
        WHERE r.conversation_id = react.conversation_id AND r.seq = v_seq
            AND r.user_id = p_user AND r.emoji = p_emoji;
    END IF;

    outcome := CASE WHEN FOUND THEN 'changed' ELSE 'unchanged' END;
    IF outcome = 'changed' THEN
        SELECT t.rev, t.last_seq INTO rev, last_seq
        FROM conversations.take_rev(
            react.conversation_id,
            CASE WHEN p_is_adding THEN 'reaction_added' ELSE 'reaction_removed' END,
            p_message, p_user) t;
        INSERT INTO messages.reaction_changes (conversation_id, rev, emoji)
        VALUES (react.conversation_id, react.rev, p_emoji);
    END IF;
    SELECT (r.item ->> 'count')::bigint INTO count
    FROM messages.messages m, jsonb_array_elements(m.reactions) AS r (item)
    WHERE m.conversation_id = react.conversation_id AND m.seq = v_seq
        AND r.item ->> 'emoji' = p_emoji;
    count := coalesce(count, 0);
END $$;

CREATE FUNCTION messages.read_thread(p_user bigint, p_root bigint, p_seq bigint) RETURNS TABLE(read_seq bigint, has_moved boolean, unread bigint)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_conversation bigint;
    v_before bigint;
    v_upto bigint;
BEGIN
    SELECT l.conversation_id INTO v_conversation FROM messages.locator l WHERE l.id = p_root;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(max(r.seq), 0) INTO v_upto
    FROM messages.replies r WHERE r.conversation_id = v_conversation AND r.root_id = p_root;
    v_upto := least(p_seq, v_upto);
    INSERT INTO messages.thread_members AS t (conversation_id, root_id, user_id, attention)
    VALUES (v_conversation, p_root, p_user, 'none')
    ON CONFLICT DO NOTHING;
    SELECT t.read_seq INTO v_before FROM messages.thread_members t
    WHERE t.conversation_id = v_conversation AND t.root_id = p_root AND t.user_id = p_user
    FOR NO KEY UPDATE;
    IF v_upto > v_before THEN
        UPDATE messages.thread_members t SET read_seq = v_upto, moved_at = clock_timestamp()
        WHERE t.conversation_id = v_conversation AND t.root_id = p_root AND t.user_id = p_user;
    END IF;
    v_upto := greatest(v_before, v_upto);
    RETURN QUERY SELECT v_upto, v_upto > v_before,
        messages.unread_in_thread(p_user, v_conversation, p_root, v_upto);
END $$;

CREATE FUNCTION messages.recount(p_users bigint[], p_conversations bigint[], p_afters bigint[], p_uptos bigint[]) RETURNS TABLE(noted bigint, unread bigint, mentions bigint, shown_replies bigint, replies bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(n.mentions, 0), t.unread, t.mentions, coalesce(n.replies, 0), r.count
    FROM unnest(p_users, p_conversations, p_afters, p_uptos) WITH ORDINALITY
        AS a (user_id, id, after, upto, ord),
        LATERAL (
            SELECT sum(s.mentions) FILTER (WHERE s.root_id IS NULL)::bigint AS mentions,
                sum(s.unread)::bigint AS replies
            FROM messages.tallies(a.user_id, ARRAY[a.id], ARRAY[a.after], ARRAY[a.upto]) s
        ) n,
        LATERAL (
            SELECT count(*) AS unread,
                count(*) FILTER (
                    WHERE m.deleted_at IS NULL AND m.sender_id <> a.user_id
                        AND m.seq > coalesce(h.read_seq, 0)
                        AND CASE WHEN m.audience = 'here' THEN EXISTS (
                            SELECT FROM messages.mentions n
                            WHERE n.conversation_id = m.conversation_id AND n.seq = m.seq
                                AND n.user_id = a.user_id AND n.withdrawn_at IS NULL)
                        ELSE m.audience IS NOT NULL OR a.user_id = ANY (m.mentions) END
                ) AS mentions
            FROM messages.messages m
            LEFT JOIN messages.thread_members h ON h.conversation_id = m.conversation_id
                AND h.root_id = m.parent_id AND h.user_id = a.user_id
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        ) t,
        LATERAL (
            SELECT count(*) FROM messages.messages m
            JOIN messages.thread_members h ON h.conversation_id = m.conversation_id
                AND h.root_id = m.parent_id AND h.user_id = a.user_id
                AND h.attention = 'following' AND m.seq > h.read_seq
            WHERE m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
                AND m.deleted_at IS NULL AND m.sender_id <> a.user_id
        ) r (count)
    ORDER BY a.ord
$$;

CREATE FUNCTION messages.reindex() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- The lock of whoever indexes: it is not under way now, and sees this change when it comes.
    INSERT INTO messages.indexed (conversation_id) VALUES (NEW.conversation_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM messages.indexed i
    WHERE i.conversation_id = NEW.conversation_id AND i.seq >= NEW.seq
    FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NEW.deleted_at IS NULL THEN
        UPDATE messages.search s SET vector = messages.search_vector(NEW)
        WHERE s.conversation_id = NEW.conversation_id AND s.seq = NEW.seq;
    ELSE
        DELETE FROM messages.search s
        WHERE s.conversation_id = NEW.conversation_id AND s.seq = NEW.seq;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION messages.remove_files() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM files.remove_of(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION messages.search_vector(p messages.messages) RETURNS tsvector
    LANGUAGE sql STABLE
    AS $$
    SELECT messages.words_of(p.content) || messages.facets_of(p)
$$;

CREATE FUNCTION messages.send_once(p_key text, p_conversation bigint, p_sender bigint, p_content text, p_type messages.message_type DEFAULT 'text'::messages.message_type, p_due_at timestamp with time zone DEFAULT now()) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO messages.outgoing
        (key, conversation_id, kind, sender_id, is_scheduled, message_type, content, due_at)
    VALUES (p_key, p_conversation, conversations.kind_of(p_conversation), p_sender, false, p_type,
        p_content, p_due_at)
    ON CONFLICT (key) DO NOTHING
$$;

CREATE FUNCTION messages.show_files() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE messages.messages m SET files = files.shown(NEW.message_id)
    FROM messages.locator l
    WHERE l.id = NEW.message_id AND m.conversation_id = l.conversation_id AND m.seq = l.seq
        AND m.deleted_at IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION messages.sum_up(p_summary jsonb, p_emojis text[], p_counts bigint[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('emoji', s.emoji, 'count', s.count) ORDER BY s.place)
    FROM (
        SELECT i.emoji, sum(i.count) AS count, min(i.place) AS place
        FROM (
            SELECT o.item ->> 'emoji' AS emoji, (o.item ->> 'count')::bigint AS count,
                ARRAY[0, o.nth] AS place
            FROM jsonb_array_elements(p_summary) WITH ORDINALITY AS o (item, nth)
            UNION ALL
            SELECT n.emoji, n.count, ARRAY[1, n.nth]
            FROM unnest(p_emojis, p_counts) WITH ORDINALITY AS n (emoji, count, nth)
        ) i
        GROUP BY i.emoji
        HAVING sum(i.count) > 0
    ) s
$$;

CREATE TABLE messages.mentions (
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    user_id bigint NOT NULL,
    audience messages.audience,
    message_id bigint NOT NULL,
    root_id bigint,
    sender_id bigint NOT NULL,
    is_told boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    withdrawn_at timestamp with time zone
);

ALTER TABLE ONLY messages.mentions FORCE ROW LEVEL SECURITY;

CREATE FUNCTION messages.take_mentions(p_limit integer) RETURNS SETOF messages.mentions
    LANGUAGE sql
    AS $$
    UPDATE messages.mentions t SET is_told = true
    FROM (
        SELECT m.conversation_id, m.seq, m.user_id
        FROM messages.mentions m
        WHERE NOT m.is_told AND m.withdrawn_at IS NULL
        ORDER BY m.created_at LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ) taken
    WHERE t.conversation_id = taken.conversation_id AND t.seq = taken.seq
        AND t.user_id = taken.user_id
    RETURNING t.*
$$;

CREATE FUNCTION messages.take_replies(p_limit integer) RETURNS TABLE(conversation_id bigint, root_id bigint, seq bigint, message_id bigint, sender_id bigint, followers bigint[])
    LANGUAGE sql
    AS $$
    WITH taken AS (
        UPDATE messages.replies r SET is_told = true
        FROM (
            SELECT d.conversation_id, d.root_id, d.seq FROM messages.replies d
            WHERE NOT d.is_told ORDER BY d.conversation_id, d.seq LIMIT p_limit
            FOR UPDATE SKIP LOCKED
        ) d
        WHERE r.conversation_id = d.conversation_id AND r.root_id = d.root_id AND r.seq = d.seq
        RETURNING r.*
    )
    SELECT t.conversation_id, t.root_id, t.seq, m.id, m.sender_id, ARRAY(
        SELECT f FROM messages.thread_followers(t.root_id) AS f
        WHERE NOT EXISTS (
            SELECT FROM messages.mentions n
            WHERE n.conversation_id = t.conversation_id AND n.seq = t.seq
                AND n.withdrawn_at IS NULL
                AND (n.user_id = f OR (n.user_id = 0 AND n.audience = 'room'))))
    FROM taken t
    JOIN messages.messages m ON m.conversation_id = t.conversation_id AND m.seq = t.seq
    WHERE m.deleted_at IS NULL
$$;

CREATE FUNCTION messages.tallies(p_user bigint, p_conversations bigint[], p_afters bigint[], p_uptos bigint[]) RETURNS TABLE(conversation_id bigint, root_id bigint, unread bigint, mentions bigint)
    LANGUAGE sql STABLE
    AS $$
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(p_conversations, p_afters, p_uptos) AS a (id, after, upto)
    ), called AS MATERIALIZED (
        SELECT DISTINCT m.conversation_id, m.root_id, m.seq
        FROM asked a
        JOIN messages.mentions m ON m.conversation_id = a.id AND m.seq > a.after AND m.seq <= a.upto
        LEFT JOIN messages.thread_members t ON t.conversation_id = m.conversation_id
            AND t.root_id = m.root_id AND t.user_id = p_user
        WHERE m.user_id IN (0, p_user) AND m.sender_id <> p_user AND m.withdrawn_at IS NULL
            AND (m.user_id <> 0 OR m.audience = 'room')
            AND m.seq > coalesce(t.read_seq, 0)
    )
    SELECT c.conversation_id, NULL::bigint, 0::bigint, count(*) FROM called c GROUP BY 1
    UNION ALL
    SELECT t.conversation_id, t.root_id, count(*),
        count(*) FILTER (WHERE (r.conversation_id, r.seq) IN (
            SELECT c.conversation_id, c.seq FROM called c))
    FROM asked a
    JOIN messages.thread_members t ON t.user_id = p_user AND t.conversation_id = a.id
        AND t.attention = 'following'
    JOIN messages.threads h ON h.conversation_id = a.id AND h.root_id = t.root_id
        AND h.last_seq > greatest(a.after, t.read_seq)
    JOIN messages.replies r ON r.conversation_id = a.id AND r.root_id = t.root_id
        AND r.seq > greatest(a.after, t.read_seq) AND r.seq <= a.upto
    JOIN messages.messages m ON m.conversation_id = a.id AND m.seq = r.seq
        AND m.deleted_at IS NULL AND m.sender_id <> p_user
    GROUP BY 1, 2
$$;

CREATE FUNCTION messages.term_query(p_text text) RETURNS tsquery
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_text text := normalize(p_text, NFKC);
    v_plain text := messages.plain_words(messages.unaccented(v_text));
    v_english tsquery := phraseto_tsquery('messages.english', v_plain);
    v_french tsquery := phraseto_tsquery('messages.french', v_plain);
    v_accented tsquery := phraseto_tsquery('messages.french', messages.plain_words(v_text));
BEGIN
    RETURN v_english
        || CASE WHEN v_french = v_english THEN '' ELSE v_french END
        || CASE WHEN v_accented IN (v_english, v_french) THEN '' ELSE v_accented END;
END $$;

CREATE FUNCTION messages.thread_followers(p_root bigint) RETURNS SETOF bigint
    LANGUAGE sql STABLE ROWS 10
    AS $$
    SELECT t.user_id
    FROM messages.locator l
    JOIN messages.thread_members t ON t.conversation_id = l.conversation_id AND t.root_id = l.id,
        LATERAL conversations.place_of(l.conversation_id, t.user_id) p
    WHERE l.id = p_root AND t.attention = 'following' AND p.role IS NOT NULL
$$;

CREATE FUNCTION messages.thread_muted_by(p_root bigint, p_users bigint[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE ROWS 10
    AS $$
    SELECT t.user_id
    FROM messages.locator l
    JOIN messages.thread_members t ON t.conversation_id = l.conversation_id AND t.root_id = l.id
    WHERE l.id = p_root AND t.user_id = ANY (p_users) AND t.attention = 'muted'
$$;

CREATE FUNCTION messages.threads_now(p_roots bigint[]) RETURNS TABLE(conversation_id bigint, root_id bigint, rev bigint, reply_count integer, last_reply_at timestamp with time zone, after_seq bigint)
    LANGUAGE sql STABLE ROWS 10
    AS $$
    SELECT t.conversation_id, t.root_id, t.rev, m.reply_count, m.last_reply_at, p.seq
    FROM messages.locator l
    JOIN messages.threads t ON t.conversation_id = l.conversation_id AND t.root_id = l.id
    JOIN messages.messages m ON m.conversation_id = l.conversation_id AND m.seq = l.seq,
        LATERAL conversations.position_of(l.conversation_id) p
    WHERE l.id = ANY (p_roots)
$$;

CREATE FUNCTION messages.unaccented(p_text text) RETURNS text
    LANGUAGE sql STABLE
    AS $$SELECT foundation.unaccent(p_text)$$;

CREATE FUNCTION messages.uncount_reply() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_left integer;
    v_seq bigint;
    v_last bigint;
    v_last_at timestamptz;
BEGIN
    UPDATE messages.thread_members t SET replies = t.replies - 1
    WHERE t.conversation_id = NEW.conversation_id AND t.root_id = NEW.parent_id
        AND t.user_id = NEW.sender_id
    RETURNING t.replies INTO v_left;
    SELECT m.seq, m.created_at INTO v_last, v_last_at
    FROM messages.replies r
    JOIN messages.messages m USING (conversation_id, seq)
    WHERE r.conversation_id = NEW.conversation_id AND r.root_id = NEW.parent_id
        AND m.deleted_at IS NULL
    ORDER BY r.seq DESC LIMIT 1;
    UPDATE messages.threads t SET last_seq = coalesce(v_last, 0)
    WHERE t.conversation_id = NEW.conversation_id AND t.root_id = NEW.parent_id
    RETURNING t.root_seq INTO v_seq;
    UPDATE messages.messages m
    SET reply_count = m.reply_count - 1,
        last_reply_at = v_last_at,
        participants = CASE WHEN v_left = 0 THEN array_remove(m.participants, NEW.sender_id)
                            ELSE m.participants END
    WHERE m.conversation_id = NEW.conversation_id AND m.seq = v_seq;
    RETURN NULL;
END $$;

CREATE FUNCTION messages.unread_in_thread(p_user bigint, p_conversation bigint, p_root bigint, p_read bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_read bigint;
BEGIN
    SELECT v.read_seq INTO v_read FROM conversations.seen_by(p_user, ARRAY[p_conversation]) v;
    RETURN (
        SELECT count(*) FROM messages.replies r
        JOIN messages.messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
        WHERE r.conversation_id = p_conversation AND r.root_id = p_root
            AND r.seq > greatest(p_read, coalesce(v_read, 0))
            AND m.deleted_at IS NULL AND m.sender_id <> p_user);
END $$;

CREATE FUNCTION messages.window_of(p_top bigint, p_count bigint, p_seen bigint DEFAULT 0) RETURNS tsquery
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT string_agg(format('''#%s%s''', b.size, n), '|')::tsquery
    FROM (
        SELECT * FROM (
            VALUES ('v', 11), ('w', 14), ('x', 17), ('y', 20), ('z', 23)
        ) AS b (size, bits)
        WHERE (p_count <= 8::bigint << b.bits OR b.size = 'z') AND p_count < p_top
        ORDER BY b.bits LIMIT 1
    ) b, generate_series((p_top - p_count) >> b.bits, (p_top - p_seen) >> b.bits) AS n
$$;

CREATE FUNCTION messages.without_order(p_query tsquery) RETURNS tsquery
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT regexp_replace(p_query::text, '<(-|\d+)>', '&', 'g')::tsquery
$$;

CREATE FUNCTION messages.words_behind_at(p_content text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT array_agg(w.word) FROM (
        SELECT DISTINCT lower(found.parts[1] COLLATE "C") AS word
        FROM regexp_matches(
            -- Step by step: in one expression all parts would be greedy, or none.
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(p_content, '```.*?```', ' ', 'g'),
                        '^ {0,3}?~~~.*?^ {0,3}?~~~', ' ', 'gw'),
                    '^ {0,3}(```|~~~)[`~]*[ \t]*[A-Za-z0-9_+#.-]*[ \t]*\n.*', ' ', 'w'),
                '`[^`\n]+`', ' ', 'g'),
            -- Not within a word or an address, as in an e-mail's or a URL's.
            '(?<![[:alnum:]@/\\])@([A-Za-z0-9_.-]{1,32})(?![A-Za-z0-9_.-])', 'g') AS found (parts)
        LIMIT 100
    ) w
$$;

CREATE FUNCTION messages.words_found(p_words text[], p_terms text[]) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET client_min_messages TO 'warning'
    AS $$
DECLARE
    v_term text;
    v_any tsquery := '';
BEGIN
    FOREACH v_term IN ARRAY p_terms LOOP
        v_any := v_any
            || regexp_replace(messages.term_query(v_term)::text, '<(-|\d+)>|&', '|', 'g')::tsquery;
    END LOOP;
    RETURN ARRAY(SELECT w FROM unnest(p_words) AS w WHERE messages.words_of(w) @@ v_any);
END $$;

CREATE FUNCTION messages.words_of(p_text text) RETURNS tsvector
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_text text := left(p_text, 16000);
    v_plain text;
    v_accented text;
BEGIN
    IF octet_length(v_text) = length(v_text) THEN -- ASCII, as most are: nothing to fold
        v_plain := messages.plain_words(v_text);
        RETURN to_tsvector('messages.english', v_plain) || '#:1'
            || to_tsvector('messages.french', v_plain);
    END IF;
    v_text := normalize(v_text, NFKC);
    v_plain := messages.plain_words(messages.unaccented(v_text));
    v_accented := messages.plain_words(v_text);
    RETURN to_tsvector('messages.english', v_plain) || '#:1' || to_tsvector('messages.french', v_plain)
        || CASE WHEN v_plain = v_accented THEN ''
                ELSE '#:1' || to_tsvector('messages.french', v_accented) END;
END $$;

CREATE FUNCTION messages.write_batch(p_writer text, p_batch bigint, p_conversations bigint[], p_senders bigint[], p_client_ids text[], p_fingerprints bytea[], p_types messages.message_type[], p_contents text[], p_parents bigint[] DEFAULT NULL::bigint[], p_files text[] DEFAULT NULL::text[]) RETURNS SETOF messages.written
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_ids bigint[];
    v_standings text[];
    v_fresh bigint[];
    v_stored bigint;
    v_is_new boolean;
    v_roots bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('causerie.sanctions'));

    SELECT array_agg(nextval('messages.ids')) INTO v_ids FROM unnest(p_senders);
    INSERT INTO messages.writers AS w (name, batch, ids, written_at)
    VALUES (p_writer, p_batch, v_ids, now())
    ON CONFLICT (name) DO UPDATE
    SET batch = excluded.batch, ids = excluded.ids, written_at = excluded.written_at
    WHERE w.batch < excluded.batch;
    v_is_new := FOUND;

    IF NOT v_is_new THEN
        SELECT w.ids INTO STRICT v_ids FROM messages.writers w
        WHERE w.name = p_writer AND w.batch = p_batch;
    ELSIF array_remove(p_client_ids, NULL) = '{}' THEN
        v_fresh := v_ids;
    ELSE
        WITH claimed AS (
            INSERT INTO foundation.idempotency_keys AS k
                (user_id, key, operation, fingerprint, result)
            SELECT i.sender, i.key, 'send_message', i.fingerprint, i.id
            FROM unnest(p_senders, p_client_ids, p_fingerprints, v_ids)
                AS i (sender, key, fingerprint, id)
            WHERE i.key IS NOT NULL
            ORDER BY i.sender, i.key
            ON CONFLICT DO NOTHING
            RETURNING k.result
        )
        SELECT array_agg(f.id) INTO v_fresh FROM (
            SELECT c.result AS id FROM claimed c
            UNION ALL
            SELECT i.id FROM unnest(p_client_ids, v_ids) AS i (key, id) WHERE i.key IS NULL
        ) f;
    END IF;

    PERFORM conversations.hold(p_conversations);
    v_standings := conversations.standings(p_conversations, p_senders);
    IF p_parents IS NOT NULL THEN
        SELECT array_agg(coalesce(p.parent_id, p.id) ORDER BY i.ord),
            array_agg(
                CASE WHEN i.standing <> 'may_send' OR i.parent IS NULL THEN i.standing
                     WHEN p.id IS NULL THEN 'no_parent'
                     WHEN p.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL THEN 'parent_deleted'
                     ELSE i.standing END
                ORDER BY i.ord)
        INTO v_roots, v_standings
        FROM unnest(p_conversations, p_parents, v_standings) WITH ORDINALITY
            AS i (conversation_id, parent, standing, ord)
        LEFT JOIN messages.locator l ON l.id = i.parent AND l.conversation_id = i.conversation_id
        LEFT JOIN messages.messages p ON p.conversation_id = l.conversation_id AND p.seq = l.seq
        LEFT JOIN messages.locator f ON f.id = p.parent_id
        LEFT JOIN messages.messages r ON r.conversation_id = f.conversation_id AND r.seq = f.seq;
    END IF;
    IF p_files IS NOT NULL THEN
        SELECT array_agg(
            CASE WHEN i.standing <> 'may_send' OR i.files IS NULL THEN i.standing
                 -- A file is in one message: the first of the batch has it.
                 WHEN EXISTS (
                     SELECT FROM unnest(p_files, v_ids) WITH ORDINALITY AS e (files, id, ord)
                     WHERE e.ord < i.ord AND e.id = ANY (v_fresh)
                         AND e.files::bigint[] && i.files::bigint[])
                 THEN 'no_files'
                 WHEN files.may_attach(i.sender, i.files::bigint[]) THEN i.standing
                 ELSE 'no_files' END
            ORDER BY i.ord)
        INTO v_standings
        FROM unnest(p_senders, p_files, v_standings) WITH ORDINALITY
            AS i (sender, files, standing, ord);
    END IF;
    IF v_is_new AND 'may_send' <> ANY (v_standings) THEN
        DELETE FROM foundation.idempotency_keys k
        USING unnest(p_senders, p_client_ids, v_ids, v_standings) AS i (sender, key, id, standing)
        WHERE k.user_id = i.sender AND k.key = i.key AND k.result = i.id
            AND i.id = ANY (v_fresh) AND i.standing <> 'may_send';
        SELECT array_agg(i.id) INTO v_fresh
        FROM unnest(v_ids, v_standings) AS i (id, standing)
        WHERE i.standing = 'may_send' AND i.id = ANY (v_fresh);
    END IF;

    IF p_files IS NOT NULL AND v_fresh IS NOT NULL THEN
        PERFORM files.attach(
            array_agg(f.id), array_agg(i.id), array_agg(i.conversation_id),
            array_agg(f.place::smallint))
        FROM unnest(v_ids, p_conversations, p_files) AS i (id, conversation_id, files),
            unnest(i.files::bigint[]) WITH ORDINALITY AS f (id, place)
        WHERE i.id = ANY (v_fresh);
    END IF;
    IF v_fresh IS NOT NULL THEN
        RETURN QUERY
        WITH fresh AS MATERIALIZED (
            SELECT i.*, row_number() OVER (PARTITION BY i.conversation_id ORDER BY i.ord) AS nth
            FROM unnest(
                    v_ids, p_conversations, p_senders, p_types, p_contents, p_client_ids, v_roots)
                WITH ORDINALITY
                AS i (id, conversation_id, sender, type, content, client_id, root, ord)
            JOIN unnest(v_fresh) AS f (id) USING (id)
        ), counted AS (
            SELECT array_agg(n.conversation_id) AS ids, array_agg(n.count::integer) AS counts
            FROM (SELECT f.conversation_id, count(*) FROM fresh f GROUP BY 1) n
        ), numbered AS MATERIALIZED (
            SELECT t.* FROM counted c, conversations.take_seqs(c.ids, c.counts) t
        ), placed AS MATERIALIZED (
            SELECT f.*, t.first_seq + f.nth - 1 AS seq, t.at
            FROM fresh f JOIN numbered t USING (conversation_id)
        ), located AS (
            INSERT INTO messages.locator (id, conversation_id, seq)
            SELECT p.id, p.conversation_id, p.seq FROM placed p
        ), written AS (
            INSERT INTO messages.messages
                (conversation_id, seq, id, sender_id, message_type, content, client_id, created_at,
                 parent_id, files)
            SELECT p.conversation_id, p.seq, p.id, p.sender, p.type, p.content, p.client_id, p.at,
                p.root, CASE p.type WHEN 'file' THEN files.shown(p.id) END
            FROM placed p
        ), read AS MATERIALIZED (
            -- Who sends has read up to there.
            SELECT conversations.move_read(
                array_agg(r.conversation_id), array_agg(r.sender), array_agg(r.seq))
            FROM (SELECT p.conversation_id, p.sender, max(p.seq) AS seq FROM placed p GROUP BY 1, 2) r
        )
        SELECT p.ord, 'stored', p.id, p.seq, p.at FROM placed p, read;
        GET DIAGNOSTICS v_stored = ROW_COUNT;
        IF v_stored = cardinality(p_senders) THEN
            RETURN;
        END IF;
    END IF;

    RETURN QUERY
    SELECT i.ord,
        CASE WHEN i.key IS NULL AND l.id IS NOT NULL THEN 'known'
             -- Who may send by now could not when the batch was written: it was refused.
             WHEN k.result IS NULL THEN coalesce(nullif(i.standing, 'may_send'), 'stranger')
             WHEN k.operation = 'send_message' AND k.fingerprint = i.fingerprint THEN 'known'
             ELSE 'conflict' END,
        coalesce(k.result, l.id), l.seq, NULL::timestamptz
    FROM unnest(v_ids, p_senders, p_client_ids, p_fingerprints, v_standings) WITH ORDINALITY
        AS i (id, sender, key, fingerprint, standing, ord)
    LEFT JOIN foundation.idempotency_keys k ON k.user_id = i.sender AND k.key = i.key
    LEFT JOIN messages.locator l ON l.id = coalesce(k.result, i.id)
    WHERE v_fresh IS NULL OR i.id <> ALL (v_fresh);
END $$;

CREATE FUNCTION messages.write_batch_in_full(p_writer text, p_batch bigint, p_conversations bigint[], p_senders bigint[], p_client_ids text[], p_fingerprints bytea[], p_types messages.message_type[], p_contents text[], p_parents bigint[], p_files text[]) RETURNS TABLE(ord bigint, outcome text, id bigint, seq bigint, created_at timestamp with time zone, parent_id bigint, mentions bigint[], audience messages.audience, rev bigint, reply_count integer, last_reply_at timestamp with time zone, after_seq bigint, files text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_rows messages.written[];
    v_thread record;
BEGIN
    SELECT array_agg(w) INTO v_rows
    FROM messages.write_batch(
        p_writer, p_batch, p_conversations, p_senders, p_client_ids, p_fingerprints, p_types,
        p_contents, p_parents, p_files) w;
    IF p_parents IS NOT NULL THEN
        FOR v_thread IN
            SELECT m.conversation_id, m.parent_id,
                (array_agg(m.sender_id ORDER BY m.seq DESC))[1] AS actor
            FROM unnest(v_rows) w
            JOIN messages.messages m
                ON m.conversation_id = p_conversations[w.ord] AND m.seq = w.seq
            WHERE w.outcome = 'stored' AND m.parent_id IS NOT NULL
            GROUP BY 1, 2 ORDER BY 1, 2
        LOOP
            PERFORM messages.number_thread(
                v_thread.conversation_id, v_thread.parent_id, v_thread.actor);
        END LOOP;
    END IF;
    RETURN QUERY
    SELECT w.ord, w.outcome, w.id, w.seq, w.created_at, m.parent_id, m.mentions, m.audience,
        t.rev, t.reply_count, t.last_reply_at, t.after_seq, m.files::text
    FROM unnest(v_rows) w
    LEFT JOIN messages.messages m
        ON w.outcome = 'stored' AND m.conversation_id = p_conversations[w.ord] AND m.seq = w.seq
    LEFT JOIN messages.threads_now(ARRAY(
            SELECT DISTINCT a.parent_id FROM unnest(v_rows) b
            JOIN messages.messages a
                ON a.conversation_id = p_conversations[b.ord] AND a.seq = b.seq
            WHERE b.outcome = 'stored' AND p_parents IS NOT NULL AND a.parent_id IS NOT NULL
        )) t ON t.root_id = m.parent_id;
END $$;

CREATE FUNCTION notifications.quiet_until(p_from time without time zone, p_to time without time zone, p_zone text, p_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE
        WHEN p_from IS NULL OR p_from = p_to THEN NULL
        WHEN p_from < p_to AND l.now::time >= p_from AND l.now::time < p_to
            THEN (l.now::date + p_to) AT TIME ZONE p_zone
        WHEN p_from > p_to AND l.now::time >= p_from
            THEN (l.now::date + 1 + p_to) AT TIME ZONE p_zone
        WHEN p_from > p_to AND l.now::time < p_to
            THEN (l.now::date + p_to) AT TIME ZONE p_zone
    END
    FROM (SELECT p_at AT TIME ZONE p_zone AS now) l
$$;

CREATE FUNCTION receipts.notified(p_users bigint[]) RETURNS TABLE(user_id bigint, level text)
    LANGUAGE sql STABLE
    AS $$
    SELECT p.user_id, p.value #>> '{}' FROM receipts.preferences p
    WHERE p.key = 'notifications' AND p.user_id = ANY (p_users)
$$;

CREATE FUNCTION receipts.notified_of_all() RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT p.user_id FROM receipts.preferences p
    WHERE p.key = 'notifications' AND p.value = '"all"'
$$;

CREATE TEXT SEARCH DICTIONARY messages.english_stems (
    TEMPLATE = pg_catalog.snowball,
    language = 'english' );

CREATE TEXT SEARCH DICTIONARY messages.french_stems (
    TEMPLATE = pg_catalog.snowball,
    language = 'french' );

CREATE TEXT SEARCH CONFIGURATION messages.english (
    PARSER = pg_catalog."default" );

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR asciiword WITH messages.english_stems;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR word WITH messages.english_stems;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR numword WITH messages.english_stems;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR email WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR url WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR host WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR sfloat WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR version WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR hword_numpart WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR hword_part WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR hword_asciipart WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR numhword WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR asciihword WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR hword WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR url_path WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR file WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR "float" WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR "int" WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.english
    ADD MAPPING FOR uint WITH simple;

CREATE TEXT SEARCH CONFIGURATION messages.french (
    PARSER = pg_catalog."default" );

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR asciiword WITH messages.french_stems;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR word WITH messages.french_stems;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR numword WITH messages.french_stems;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR email WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR url WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR host WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR sfloat WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR version WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR hword_numpart WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR hword_part WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR hword_asciipart WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR numhword WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR asciihword WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR hword WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR url_path WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR file WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR "float" WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR "int" WITH simple;

ALTER TEXT SEARCH CONFIGURATION messages.french
    ADD MAPPING FOR uint WITH simple;

CREATE TABLE accounts.api_keys (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,
    hint text NOT NULL,
    key_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 64)))
);

ALTER TABLE ONLY accounts.api_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE accounts.api_keys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME accounts.api_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE accounts.authenticators (
    user_id bigint NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone
);

ALTER TABLE ONLY accounts.authenticators FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.backup_codes (
    user_id bigint NOT NULL,
    code_hash bytea NOT NULL
);

ALTER TABLE ONLY accounts.backup_codes FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.data_keys (
    key_id integer NOT NULL,
    purpose text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT data_keys_purpose_check CHECK ((purpose = ANY (ARRAY['field'::text, 'index'::text])))
);

CREATE TABLE accounts.founding (
    is_done boolean DEFAULT true NOT NULL,
    CONSTRAINT founding_is_done_check CHECK (is_done)
);

CREATE TABLE accounts.invitations (
    id bigint NOT NULL,
    code_hash bytea NOT NULL,
    note text NOT NULL,
    max_uses integer NOT NULL,
    uses integer DEFAULT 0 NOT NULL,
    created_by bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT invitations_check CHECK (((uses >= 0) AND (uses <= max_uses))),
    CONSTRAINT invitations_max_uses_check CHECK (((max_uses >= 1) AND (max_uses <= 1000))),
    CONSTRAINT invitations_note_check CHECK ((char_length(note) <= 100))
);

ALTER TABLE ONLY accounts.invitations FORCE ROW LEVEL SECURITY;

ALTER TABLE accounts.invitations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME accounts.invitations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE accounts.mails (
    id bigint NOT NULL,
    kind text NOT NULL,
    about text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    again boolean DEFAULT false NOT NULL,
    nonce uuid DEFAULT gen_random_uuid() NOT NULL
);

ALTER TABLE ONLY accounts.mails FORCE ROW LEVEL SECURITY;

ALTER TABLE accounts.mails ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME accounts.mails_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE accounts.outside_identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    id bigint NOT NULL
);

ALTER TABLE ONLY accounts.outside_identities FORCE ROW LEVEL SECURITY;

ALTER TABLE accounts.outside_identities ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME accounts.outside_identities_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE accounts.passkey_challenges (
    challenge bytea NOT NULL,
    user_id bigint,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY accounts.passkey_challenges FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.passkeys (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    name text NOT NULL,
    transports text[] NOT NULL,
    is_backed_up boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT passkeys_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 64)))
);

ALTER TABLE ONLY accounts.passkeys FORCE ROW LEVEL SECURITY;

ALTER TABLE accounts.passkeys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME accounts.passkeys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE accounts.refresh_tokens (
    token_hash bytea NOT NULL,
    session_id text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    spent_at timestamp with time zone
);

ALTER TABLE ONLY accounts.refresh_tokens FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.reset_tokens (
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY accounts.reset_tokens FORCE ROW LEVEL SECURITY;

CREATE SEQUENCE accounts.restriction_versions
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE accounts.restrictions (
    user_id bigint NOT NULL,
    muted_until timestamp with time zone,
    banned_until timestamp with time zone,
    notice jsonb NOT NULL,
    version bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT restrictions_banned_until_check CHECK (isfinite(banned_until)),
    CONSTRAINT restrictions_muted_until_check CHECK (isfinite(muted_until))
);

ALTER TABLE ONLY accounts.restrictions FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.revocations (
    id bigint NOT NULL,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    user_id bigint,
    name text,
    CONSTRAINT revocations_kind_check CHECK ((kind = ANY (ARRAY['session'::text, 'token'::text, 'user'::text, 'role'::text, 'permissions'::text, 'keys'::text])))
);

ALTER TABLE ONLY accounts.revocations FORCE ROW LEVEL SECURITY;

ALTER TABLE accounts.revocations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME accounts.revocations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE accounts.revoked_tokens (
    token_id text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY accounts.revoked_tokens FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.role_permissions (
    role text NOT NULL,
    permission text NOT NULL
);

CREATE TABLE accounts.roles (
    name text NOT NULL,
    CONSTRAINT roles_name_check CHECK (((name COLLATE "C") ~ '^[a-z][a-z_]{0,31}$'::text))
);

CREATE TABLE accounts.sessions (
    id text NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ip text DEFAULT ''::text NOT NULL,
    user_agent text DEFAULT ''::text NOT NULL,
    revoked_at timestamp with time zone,
    authenticated_at timestamp with time zone,
    device_name text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY accounts.sessions FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.signing_keys (
    key_id text NOT NULL,
    algorithm text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    retired_at timestamp with time zone,
    signs_from timestamp with time zone NOT NULL,
    longest_seconds bigint DEFAULT 0 NOT NULL,
    tokens_until timestamp with time zone
);

CREATE TABLE accounts.spent_steps (
    user_id bigint NOT NULL,
    step bigint NOT NULL
);

ALTER TABLE ONLY accounts.spent_steps FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.tickets (
    ticket_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    session_id text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY accounts.tickets FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.trust_revision (
    is_only boolean DEFAULT true NOT NULL,
    revision bigint DEFAULT 0 NOT NULL,
    CONSTRAINT trust_revision_is_only_check CHECK (is_only)
);

ALTER TABLE ONLY accounts.trust_revision FORCE ROW LEVEL SECURITY;

CREATE TABLE accounts.users (
    id bigint NOT NULL,
    username text NOT NULL,
    display_name text NOT NULL,
    email text,
    role text DEFAULT 'user'::text NOT NULL,
    password_hash text,
    tokens_valid_from bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    trust text DEFAULT 'normal'::text NOT NULL,
    is_trust_pinned boolean DEFAULT false NOT NULL,
    email_sealed bytea,
    email_index bytea,
    is_bot boolean DEFAULT false NOT NULL,
    profile jsonb,
    shown_at timestamp with time zone,
    CONSTRAINT display_name_is_short CHECK (((char_length(display_name) >= 1) AND (char_length(display_name) <= 64))),
    CONSTRAINT email_has_its_index CHECK (((email_sealed IS NULL) = (email_index IS NULL))),
    CONSTRAINT email_is_short CHECK ((char_length(email) <= 254)),
    CONSTRAINT email_stands_once CHECK (((email IS NULL) OR (email_sealed IS NULL))),
    CONSTRAINT trust_is_known CHECK ((trust = ANY (ARRAY['suspect'::text, 'normal'::text, 'verified'::text, 'premium'::text]))),
    CONSTRAINT username_is_plain CHECK (((username COLLATE "C") ~ '^[A-Za-z0-9_.-]{1,32}$'::text))
);

ALTER TABLE ONLY accounts.users FORCE ROW LEVEL SECURITY;

ALTER TABLE accounts.users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME accounts.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit.archives (
    chain text NOT NULL,
    last_id bigint NOT NULL,
    hash bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    file_hash bytea NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT archives_chain_check CHECK ((chain = ANY (ARRAY['audit_logs'::text, 'security_events'::text])))
);

CREATE TABLE audit.audit_logs (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id bigint,
    actor text NOT NULL,
    action text NOT NULL,
    table_name text,
    target text,
    address text,
    severity audit.severity NOT NULL,
    before jsonb,
    after jsonb,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY audit.audit_logs FORCE ROW LEVEL SECURITY;

CREATE VIEW audit.audit_by_table_daily AS
 SELECT ((created_at AT TIME ZONE 'UTC'::text))::date AS day,
    table_name,
    action,
    count(*) AS entries
   FROM audit.audit_logs a
  WHERE (table_name IS NOT NULL)
  GROUP BY (((created_at AT TIME ZONE 'UTC'::text))::date), table_name, action;

CREATE VIEW audit.audit_by_user AS
 SELECT user_id,
    actor,
    action,
    count(*) AS entries,
    min(created_at) AS first_at,
    max(created_at) AS last_at
   FROM audit.audit_logs a
  GROUP BY user_id, actor, action;

CREATE TABLE audit.security_events (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    severity audit.severity NOT NULL,
    user_id bigint,
    address text,
    details jsonb NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY audit.security_events FORCE ROW LEVEL SECURITY;

CREATE VIEW audit.audit_critical AS
 SELECT 'audit_logs'::text AS source,
    a.id,
    a.created_at,
    a.user_id,
    a.action,
    a.target,
    a.address
   FROM audit.audit_logs a
  WHERE (a.severity = 'critical'::audit.severity)
UNION ALL
 SELECT 'security_events'::text AS source,
    e.id,
    e.created_at,
    e.user_id,
    e.kind AS action,
    NULL::text AS target,
    e.address
   FROM audit.security_events e
  WHERE (e.severity = 'critical'::audit.severity);

CREATE TABLE audit.checkpoints (
    chain text NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    hashes bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT checkpoints_chain_check CHECK ((chain = ANY (ARRAY['audit_logs'::text, 'security_events'::text]))),
    CONSTRAINT checkpoints_check CHECK (((first_id > 0) AND (octet_length(hashes) = (32 * ((last_id - first_id) + 1)))))
);

CREATE TABLE audit.pending (
    id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    user_id bigint,
    actor text NOT NULL,
    action text NOT NULL,
    table_name text,
    target text,
    address text,
    severity audit.severity NOT NULL,
    before jsonb,
    after jsonb
);

ALTER TABLE ONLY audit.pending FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.pending ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.pending_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE conversations.blocks (
    blocker_id bigint NOT NULL,
    blocked_id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT nobody_blocks_themselves CHECK ((blocker_id <> blocked_id))
);

ALTER TABLE ONLY conversations.blocks FORCE ROW LEVEL SECURITY;

CREATE TABLE conversations.changes (
    conversation_id bigint NOT NULL,
    rev bigint NOT NULL,
    kind text NOT NULL,
    subject bigint NOT NULL,
    actor_id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY conversations.changes FORCE ROW LEVEL SECURITY;

CREATE TABLE conversations.conversations (
    id bigint NOT NULL,
    kind conversations.kind NOT NULL,
    visibility conversations.visibility NOT NULL,
    name text,
    topic text DEFAULT ''::text NOT NULL,
    low_user_id bigint,
    high_user_id bigint,
    creator_id bigint NOT NULL,
    member_count integer DEFAULT 0 NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    rev bigint DEFAULT 0 NOT NULL,
    last_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT conversations_last_seq_check CHECK ((last_seq >= 0)),
    CONSTRAINT conversations_member_count_check CHECK ((member_count >= 0)),
    CONSTRAINT conversations_rev_check CHECK ((rev >= 0)),
    CONSTRAINT direct_has_two_people CHECK ((((kind = 'direct'::conversations.kind) = (low_user_id IS NOT NULL)) AND ((kind = 'direct'::conversations.kind) = (high_user_id IS NOT NULL)) AND ((kind <> 'direct'::conversations.kind) OR (low_user_id < high_user_id)))),
    CONSTRAINT name_is_plain CHECK (((name COLLATE "C") ~ '^[A-Za-z0-9_-]{1,64}$'::text)),
    CONSTRAINT only_rooms_are_public CHECK (((kind = 'room'::conversations.kind) OR (visibility = 'private'::conversations.visibility))),
    CONSTRAINT room_has_a_name CHECK (((kind = 'room'::conversations.kind) = (name IS NOT NULL))),
    CONSTRAINT topic_is_short CHECK ((char_length(topic) <= 250))
)
WITH (fillfactor='70');

ALTER TABLE ONLY conversations.conversations FORCE ROW LEVEL SECURITY;

ALTER TABLE conversations.conversations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME conversations.conversations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE conversations.discreet (
    user_id bigint NOT NULL,
    reason text NOT NULL,
    CONSTRAINT discreet_reason_check CHECK ((reason = ANY (ARRAY['invisible'::text, 'off'::text])))
);

ALTER TABLE ONLY conversations.discreet FORCE ROW LEVEL SECURITY;

CREATE TABLE conversations.members (
    conversation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    role conversations.member_role NOT NULL,
    joined_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    read_seq bigint DEFAULT 0 NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT members_read_seq_check CHECK ((read_seq >= 0))
)
WITH (fillfactor='70');

ALTER TABLE ONLY conversations.members FORCE ROW LEVEL SECURITY;

CREATE TABLE conversations.withheld (
    user_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL
);

ALTER TABLE ONLY conversations.withheld FORCE ROW LEVEL SECURITY;

CREATE TABLE files.files (
    id bigint NOT NULL,
    uploader_id bigint NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    storage_key text NOT NULL,
    state files.state DEFAULT 'arriving'::files.state NOT NULL,
    reason text,
    width integer,
    height integer,
    thumbnail_bytes integer,
    conversation_id bigint,
    message_id bigint,
    place smallint,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    settled_at timestamp with time zone,
    purged_at timestamp with time zone,
    is_avatar boolean DEFAULT false NOT NULL,
    keep_until timestamp with time zone,
    CONSTRAINT files_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 201))),
    CONSTRAINT files_sha256_check CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT files_size_bytes_check CHECK ((size_bytes > 0)),
    CONSTRAINT posted_or_not CHECK ((((conversation_id IS NULL) = (message_id IS NULL)) AND ((message_id IS NULL) = (place IS NULL))))
);

ALTER TABLE ONLY files.files FORCE ROW LEVEL SECURITY;

ALTER TABLE files.files ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME files.files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE foundation.idempotency_keys (
    user_id bigint NOT NULL,
    key text NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    result bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_key_check CHECK (((octet_length(key) >= 1) AND (octet_length(key) <= 512)))
);

ALTER TABLE ONLY foundation.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE foundation.migrations (
    source text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE jobs.dead (
    id bigint NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    destination text,
    key text,
    created_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    reason text NOT NULL,
    died_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY jobs.dead FORCE ROW LEVEL SECURITY;

CREATE TABLE jobs.waiting (
    id bigint NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    destination text,
    key text,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    set_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    is_taken boolean DEFAULT false NOT NULL,
    again boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY jobs.waiting FORCE ROW LEVEL SECURITY;

ALTER TABLE jobs.waiting ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME jobs.waiting_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE limits.blocks (
    id bigint NOT NULL,
    scope text NOT NULL,
    subject text NOT NULL,
    step smallint NOT NULL,
    rule text NOT NULL,
    score double precision NOT NULL,
    reason text NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    placed_by bigint,
    lifted_at timestamp with time zone,
    lifted_by bigint,
    CONSTRAINT blocks_check CHECK ((until_at > placed_at)),
    CONSTRAINT blocks_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500))),
    CONSTRAINT blocks_scope_check CHECK ((scope = ANY (ARRAY['user'::text, 'address'::text, 'api_key'::text]))),
    CONSTRAINT blocks_step_check CHECK (((step >= 0) AND (step <= 4))),
    CONSTRAINT blocks_subject_check CHECK (((char_length(subject) >= 1) AND (char_length(subject) <= 64)))
);

ALTER TABLE ONLY limits.blocks FORCE ROW LEVEL SECURITY;

ALTER TABLE limits.blocks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME limits.blocks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE limits.guesses (
    account bytea NOT NULL,
    is_known boolean NOT NULL,
    times timestamp with time zone[] NOT NULL,
    last_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE ONLY limits.guesses FORCE ROW LEVEL SECURITY;

CREATE TABLE limits.known_places (
    account bytea NOT NULL,
    place bytea NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY limits.known_places FORCE ROW LEVEL SECURITY;

CREATE TABLE limits.revision (
    is_only boolean DEFAULT true NOT NULL,
    revision bigint DEFAULT 0 NOT NULL,
    CONSTRAINT revision_is_only_check CHECK (is_only)
);

CREATE TABLE limits.rules (
    action text NOT NULL,
    amount bigint,
    period_seconds bigint,
    burst bigint,
    algorithm text,
    factors jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by bigint,
    CONSTRAINT rules_algorithm_check CHECK ((algorithm = ANY (ARRAY['token_bucket'::text, 'sliding_window'::text]))),
    CONSTRAINT rules_amount_check CHECK ((amount >= 0)),
    CONSTRAINT rules_burst_check CHECK ((burst > 0)),
    CONSTRAINT rules_period_seconds_check CHECK ((period_seconds > 0))
);

CREATE TABLE messages.edits (
    message_id bigint NOT NULL,
    rev bigint NOT NULL,
    content text NOT NULL,
    editor_id bigint NOT NULL,
    edited_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY messages.edits FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.emoji_totals (
    conversation_id bigint NOT NULL,
    emoji text NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT emoji_totals_count_check CHECK ((count >= 0))
)
WITH (fillfactor='70');

ALTER TABLE ONLY messages.emoji_totals FORCE ROW LEVEL SECURITY;

CREATE SEQUENCE messages.ids
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE messages.indexed (
    conversation_id bigint NOT NULL,
    seq bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

ALTER TABLE ONLY messages.indexed FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.locator (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL
);

ALTER TABLE ONLY messages.locator FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.outgoing (
    id bigint NOT NULL,
    key text NOT NULL,
    conversation_id bigint NOT NULL,
    kind conversations.kind NOT NULL,
    sender_id bigint NOT NULL,
    is_scheduled boolean NOT NULL,
    message_type messages.message_type NOT NULL,
    content text NOT NULL,
    parent_id bigint,
    due_at timestamp with time zone NOT NULL,
    state messages.outgoing_state DEFAULT 'waiting'::messages.outgoing_state NOT NULL,
    message_id bigint,
    code text,
    reason text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    file_ids bigint[],
    changed_at timestamp with time zone,
    CONSTRAINT a_refusal_says_why CHECK (((state = 'refused'::messages.outgoing_state) = (code IS NOT NULL))),
    CONSTRAINT outgoing_key_check CHECK ((key ~ '^[[:graph:]]{1,128}$'::text)),
    CONSTRAINT what_was_sent_is_named CHECK (((state = 'sent'::messages.outgoing_state) = (message_id IS NOT NULL)))
);

ALTER TABLE ONLY messages.outgoing FORCE ROW LEVEL SECURITY;

ALTER TABLE messages.outgoing ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME messages.outgoing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE messages.reaction_changes (
    conversation_id bigint NOT NULL,
    rev bigint NOT NULL,
    emoji text NOT NULL
);

ALTER TABLE ONLY messages.reaction_changes FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.reactions (
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    user_id bigint NOT NULL,
    emoji text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY messages.reactions FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.replies (
    conversation_id bigint NOT NULL,
    root_id bigint NOT NULL,
    seq bigint NOT NULL,
    is_told boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY messages.replies FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.search (
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    vector tsvector NOT NULL
)
PARTITION BY HASH (conversation_id);

ALTER TABLE ONLY messages.search FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.search_0 (
    conversation_id bigint CONSTRAINT search_conversation_id_not_null NOT NULL,
    seq bigint CONSTRAINT search_seq_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT search_created_at_not_null NOT NULL,
    vector tsvector CONSTRAINT search_vector_not_null NOT NULL
);

ALTER TABLE ONLY messages.search_0 FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.search_1 (
    conversation_id bigint CONSTRAINT search_conversation_id_not_null NOT NULL,
    seq bigint CONSTRAINT search_seq_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT search_created_at_not_null NOT NULL,
    vector tsvector CONSTRAINT search_vector_not_null NOT NULL
);

ALTER TABLE ONLY messages.search_1 FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.search_2 (
    conversation_id bigint CONSTRAINT search_conversation_id_not_null NOT NULL,
    seq bigint CONSTRAINT search_seq_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT search_created_at_not_null NOT NULL,
    vector tsvector CONSTRAINT search_vector_not_null NOT NULL
);

ALTER TABLE ONLY messages.search_2 FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.search_3 (
    conversation_id bigint CONSTRAINT search_conversation_id_not_null NOT NULL,
    seq bigint CONSTRAINT search_seq_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT search_created_at_not_null NOT NULL,
    vector tsvector CONSTRAINT search_vector_not_null NOT NULL
);

ALTER TABLE ONLY messages.search_3 FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.thread_members (
    conversation_id bigint NOT NULL,
    root_id bigint NOT NULL,
    user_id bigint NOT NULL,
    replies integer DEFAULT 0 NOT NULL,
    attention messages.attention NOT NULL,
    read_seq bigint DEFAULT 0 NOT NULL,
    moved_at timestamp with time zone,
    CONSTRAINT thread_members_replies_check CHECK ((replies >= 0))
);

ALTER TABLE ONLY messages.thread_members FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.threads (
    conversation_id bigint NOT NULL,
    root_id bigint NOT NULL,
    root_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    rev bigint DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY messages.threads FORCE ROW LEVEL SECURITY;

CREATE TABLE messages.writers (
    name text NOT NULL,
    batch bigint NOT NULL,
    ids bigint[] NOT NULL,
    written_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');
ALTER TABLE ONLY messages.writers ALTER COLUMN ids SET STORAGE EXTERNAL;

CREATE TABLE moderation.breaches (
    rule text NOT NULL,
    points double precision NOT NULL,
    CONSTRAINT breaches_points_check CHECK ((points > (0)::double precision)),
    CONSTRAINT breaches_rule_check CHECK (((rule COLLATE "C") ~ '^[a-z][a-z_]{0,31}$'::text))
);

CREATE TABLE moderation.decay (
    is_only boolean DEFAULT true NOT NULL,
    half_life_seconds bigint NOT NULL,
    CONSTRAINT decay_half_life_seconds_check CHECK ((half_life_seconds > 0)),
    CONSTRAINT decay_is_only_check CHECK (is_only)
);

CREATE SEQUENCE moderation.decisions
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE moderation.ladder (
    points double precision NOT NULL,
    kind moderation.sanction_kind NOT NULL,
    seconds bigint,
    CONSTRAINT ladder_kind_check CHECK ((kind <> 'kick'::moderation.sanction_kind)),
    CONSTRAINT ladder_points_check CHECK ((points > (0)::double precision)),
    CONSTRAINT ladder_seconds_check CHECK ((seconds > 0)),
    CONSTRAINT warnings_do_not_last CHECK (((kind <> 'warning'::moderation.sanction_kind) OR (seconds IS NULL)))
);

CREATE TABLE moderation.learnt (
    topic moderation.topic NOT NULL,
    features_version smallint NOT NULL,
    bucket integer NOT NULL,
    change real NOT NULL
);

CREATE TABLE moderation.lessons (
    id bigint NOT NULL,
    topic moderation.topic NOT NULL,
    features_version smallint NOT NULL,
    text_hash bytea NOT NULL,
    is_positive boolean NOT NULL,
    taught_by bigint NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY moderation.lessons FORCE ROW LEVEL SECURITY;

ALTER TABLE moderation.lessons ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME moderation.lessons_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE moderation.reports (
    id bigint NOT NULL,
    reporter_id bigint NOT NULL,
    subject_id bigint NOT NULL,
    message_id bigint,
    content text,
    reason moderation.report_reason NOT NULL,
    comment text DEFAULT ''::text NOT NULL,
    state moderation.report_state DEFAULT 'open'::moderation.report_state NOT NULL,
    created_at timestamp with time zone NOT NULL,
    decided_by bigint,
    decided_at timestamp with time zone,
    decision text,
    decision_id bigint,
    CONSTRAINT decided_whole CHECK (((state = 'open'::moderation.report_state) = (decided_at IS NULL))),
    CONSTRAINT messages_say_something CHECK (((message_id IS NULL) = (content IS NULL))),
    CONSTRAINT reports_comment_check CHECK ((char_length(comment) <= 1000))
);

ALTER TABLE ONLY moderation.reports FORCE ROW LEVEL SECURITY;

ALTER TABLE moderation.reports ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME moderation.reports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE moderation.reputations (
    user_id bigint NOT NULL,
    score smallint NOT NULL,
    parts jsonb NOT NULL,
    reckoned_at timestamp with time zone NOT NULL,
    CONSTRAINT reputations_score_check CHECK (((score >= 0) AND (score <= 100)))
);

ALTER TABLE ONLY moderation.reputations FORCE ROW LEVEL SECURITY;

CREATE TABLE moderation.room_filters (
    conversation_id bigint NOT NULL,
    size moderation.filter_action,
    structure moderation.filter_action,
    meaning moderation.filter_action,
    changed_by bigint NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE moderation.sanctions (
    id bigint NOT NULL,
    subject_kind moderation.subject_kind NOT NULL,
    subject_id bigint NOT NULL,
    kind moderation.sanction_kind NOT NULL,
    conversation text,
    reason text NOT NULL,
    rule text,
    points double precision DEFAULT 0 NOT NULL,
    author_id bigint,
    created_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    lifted_at timestamp with time zone,
    lifted_by bigint,
    lift_reason text,
    appeal_state moderation.appeal_state,
    appeal_text text,
    appealed_at timestamp with time zone,
    decided_by bigint,
    decided_at timestamp with time zone,
    decision_reason text,
    CONSTRAINT appeals_are_whole CHECK (((appeal_state IS NULL) = (appeal_text IS NULL))),
    CONSTRAINT mutes_and_bans_last CHECK (((kind = ANY (ARRAY['mute'::moderation.sanction_kind, 'ban'::moderation.sanction_kind])) = (ends_at IS NOT NULL))),
    CONSTRAINT sanctions_appeal_text_check CHECK ((char_length(appeal_text) <= 2000)),
    CONSTRAINT sanctions_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 1000)))
);

ALTER TABLE ONLY moderation.sanctions FORCE ROW LEVEL SECURITY;

ALTER TABLE moderation.sanctions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME moderation.sanctions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE moderation.subjects (
    kind moderation.subject_kind NOT NULL,
    id bigint NOT NULL,
    points double precision DEFAULT 0 NOT NULL,
    points_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT subjects_points_check CHECK ((points >= (0)::double precision))
);

ALTER TABLE ONLY moderation.subjects FORCE ROW LEVEL SECURITY;

CREATE TABLE moderation.verdicts (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    author_id bigint NOT NULL,
    message_id bigint,
    is_refused boolean NOT NULL,
    findings jsonb NOT NULL,
    refused_text text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    is_counted boolean DEFAULT false NOT NULL,
    CONSTRAINT only_refused_text_is_kept CHECK ((is_refused = (refused_text IS NOT NULL)))
);

ALTER TABLE ONLY moderation.verdicts FORCE ROW LEVEL SECURITY;

ALTER TABLE moderation.verdicts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME moderation.verdicts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notifications.cursors (
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL
);

ALTER TABLE ONLY notifications.cursors FORCE ROW LEVEL SECURITY;

CREATE TABLE notifications.keys (
    id integer NOT NULL,
    private bytea NOT NULL,
    CONSTRAINT keys_id_check CHECK ((id = 1))
);

ALTER TABLE ONLY notifications.keys FORCE ROW LEVEL SECURITY;

CREATE TABLE notifications.levels (
    user_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    level text,
    muted_until timestamp with time zone,
    CONSTRAINT levels_level_check CHECK ((level = ANY (ARRAY['all'::text, 'mentions'::text, 'none'::text])))
);

ALTER TABLE ONLY notifications.levels FORCE ROW LEVEL SECURITY;

CREATE TABLE notifications.notices (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    kind text NOT NULL,
    conversation_id bigint,
    seq bigint,
    message_id bigint,
    actor_id bigint,
    words text,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    mailed_at timestamp with time zone,
    key text,
    root_id bigint
);

ALTER TABLE ONLY notifications.notices FORCE ROW LEVEL SECURITY;

ALTER TABLE notifications.notices ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME notifications.notices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notifications.preferences (
    user_id bigint NOT NULL,
    quiet_from time without time zone,
    quiet_to time without time zone,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    digest boolean DEFAULT true NOT NULL,
    unsubscribe bytea,
    digest_at timestamp with time zone
);

ALTER TABLE ONLY notifications.preferences FORCE ROW LEVEL SECURITY;

CREATE TABLE notifications.subscriptions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    device text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY notifications.subscriptions FORCE ROW LEVEL SECURITY;

ALTER TABLE notifications.subscriptions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME notifications.subscriptions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE phoenix.delivered (
    user_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT delivered_seq_check CHECK ((seq > 0))
);

ALTER TABLE ONLY phoenix.delivered FORCE ROW LEVEL SECURITY;

CREATE TABLE phoenix.told (
    user_id bigint NOT NULL,
    notice_id bigint NOT NULL
);

ALTER TABLE ONLY phoenix.told FORCE ROW LEVEL SECURITY;

CREATE TABLE presence.people (
    user_id bigint NOT NULL,
    chosen presence.status DEFAULT 'online'::presence.status NOT NULL,
    choices bigint DEFAULT 0 NOT NULL,
    last_active_at timestamp with time zone,
    chosen_at timestamp with time zone
)
WITH (fillfactor='80');

ALTER TABLE ONLY presence.people FORCE ROW LEVEL SECURITY;

CREATE VIEW public.audit_by_table_daily WITH (security_invoker='true') AS
 SELECT day,
    table_name,
    action,
    entries
   FROM audit.audit_by_table_daily;

CREATE VIEW public.audit_by_user WITH (security_invoker='true') AS
 SELECT user_id,
    actor,
    action,
    entries,
    first_at,
    last_at
   FROM audit.audit_by_user;

CREATE VIEW public.audit_critical WITH (security_invoker='true') AS
 SELECT source,
    id,
    created_at,
    user_id,
    action,
    target,
    address
   FROM audit.audit_critical;

CREATE VIEW public.audit_logs WITH (security_invoker='true') AS
 SELECT id,
    created_at,
    user_id,
    actor,
    action,
    table_name,
    target,
    address,
    severity,
    before,
    after,
    previous,
    hash
   FROM audit.audit_logs;

CREATE VIEW public.security_events WITH (security_invoker='true') AS
 SELECT id,
    created_at,
    kind,
    severity,
    user_id,
    address,
    details,
    previous,
    hash
   FROM audit.security_events;

CREATE TABLE receipts.drafts (
    user_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    root_id bigint NOT NULL,
    kind conversations.kind NOT NULL,
    content text NOT NULL,
    written_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone
);

ALTER TABLE ONLY receipts.drafts FORCE ROW LEVEL SECURITY;

CREATE TABLE receipts.preferences (
    user_id bigint NOT NULL,
    key text NOT NULL,
    value jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT preferences_key_check CHECK ((char_length(key) <= 64))
);

ALTER TABLE ONLY receipts.preferences FORCE ROW LEVEL SECURITY;

CREATE TABLE webhooks.cursors (
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    rev bigint NOT NULL
);

ALTER TABLE ONLY webhooks.cursors FORCE ROW LEVEL SECURITY;

CREATE TABLE webhooks.deliveries (
    id bigint NOT NULL,
    endpoint_id bigint NOT NULL,
    kind text NOT NULL,
    conversation_id bigint,
    seq bigint,
    rev bigint,
    created_at timestamp with time zone NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_at timestamp with time zone,
    last_status integer,
    last_error text,
    took_ms integer,
    CONSTRAINT deliveries_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'delivered'::text, 'dead'::text, 'skipped'::text])))
);

ALTER TABLE ONLY webhooks.deliveries FORCE ROW LEVEL SECURITY;

ALTER TABLE webhooks.deliveries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME webhooks.deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE webhooks.endpoints (
    id bigint NOT NULL,
    conversation_id bigint,
    place text,
    url text NOT NULL,
    kinds text[],
    description text NOT NULL,
    secret bytea,
    old_secret bytea,
    old_secret_until timestamp with time zone,
    created_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    failing_since timestamp with time zone,
    disabled_at timestamp with time zone,
    disabled_reason text
);

ALTER TABLE ONLY webhooks.endpoints FORCE ROW LEVEL SECURITY;

ALTER TABLE webhooks.endpoints ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME webhooks.endpoints_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE webhooks.incoming (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    place text NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    token bytea,
    created_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

ALTER TABLE ONLY webhooks.incoming FORCE ROW LEVEL SECURITY;

ALTER TABLE webhooks.incoming ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME webhooks.incoming_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY messages.search ATTACH PARTITION messages.search_0 FOR VALUES WITH (modulus 4, remainder 0);

ALTER TABLE ONLY messages.search ATTACH PARTITION messages.search_1 FOR VALUES WITH (modulus 4, remainder 1);

ALTER TABLE ONLY messages.search ATTACH PARTITION messages.search_2 FOR VALUES WITH (modulus 4, remainder 2);

ALTER TABLE ONLY messages.search ATTACH PARTITION messages.search_3 FOR VALUES WITH (modulus 4, remainder 3);

ALTER TABLE ONLY accounts.api_keys
    ADD CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash);

ALTER TABLE ONLY accounts.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY accounts.authenticators
    ADD CONSTRAINT authenticators_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY accounts.backup_codes
    ADD CONSTRAINT backup_codes_pkey PRIMARY KEY (user_id, code_hash);

ALTER TABLE ONLY accounts.data_keys
    ADD CONSTRAINT data_keys_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY accounts.founding
    ADD CONSTRAINT founding_pkey PRIMARY KEY (is_done);

ALTER TABLE ONLY accounts.invitations
    ADD CONSTRAINT invitations_code_hash_key UNIQUE (code_hash);

ALTER TABLE ONLY accounts.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY accounts.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (id);

ALTER TABLE ONLY accounts.outside_identities
    ADD CONSTRAINT outside_identities_id_key UNIQUE (id);

ALTER TABLE ONLY accounts.outside_identities
    ADD CONSTRAINT outside_identities_pkey PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY accounts.passkey_challenges
    ADD CONSTRAINT passkey_challenges_pkey PRIMARY KEY (challenge);

ALTER TABLE ONLY accounts.passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);

ALTER TABLE ONLY accounts.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY accounts.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY accounts.reset_tokens
    ADD CONSTRAINT reset_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY accounts.restrictions
    ADD CONSTRAINT restrictions_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY accounts.revocations
    ADD CONSTRAINT revocations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY accounts.revoked_tokens
    ADD CONSTRAINT revoked_tokens_pkey PRIMARY KEY (token_id);

ALTER TABLE ONLY accounts.role_permissions
    ADD CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission);

ALTER TABLE ONLY accounts.roles
    ADD CONSTRAINT roles_pkey PRIMARY KEY (name);

ALTER TABLE ONLY accounts.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY accounts.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY accounts.spent_steps
    ADD CONSTRAINT spent_steps_pkey PRIMARY KEY (user_id, step);

ALTER TABLE ONLY accounts.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (ticket_hash);

ALTER TABLE ONLY accounts.trust_revision
    ADD CONSTRAINT trust_revision_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY accounts.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit.archives
    ADD CONSTRAINT archives_pkey PRIMARY KEY (chain, last_id);

ALTER TABLE ONLY audit.audit_logs
    ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit.checkpoints
    ADD CONSTRAINT checkpoints_chain_first_id_key UNIQUE (chain, first_id);

ALTER TABLE ONLY audit.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (chain, last_id);

ALTER TABLE ONLY audit.pending
    ADD CONSTRAINT pending_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit.security_events
    ADD CONSTRAINT security_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY conversations.blocks
    ADD CONSTRAINT blocks_pkey PRIMARY KEY (blocker_id, blocked_id);

ALTER TABLE ONLY conversations.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (conversation_id, rev);

ALTER TABLE ONLY conversations.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY conversations.discreet
    ADD CONSTRAINT discreet_pkey PRIMARY KEY (user_id, reason);

ALTER TABLE ONLY conversations.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (conversation_id, user_id);

ALTER TABLE ONLY conversations.withheld
    ADD CONSTRAINT withheld_pkey PRIMARY KEY (user_id, conversation_id);

ALTER TABLE ONLY files.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY files.files
    ADD CONSTRAINT files_storage_key_key UNIQUE (storage_key);

ALTER TABLE ONLY foundation.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key);

ALTER TABLE ONLY foundation.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (source, number);

ALTER TABLE ONLY jobs.dead
    ADD CONSTRAINT dead_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.waiting
    ADD CONSTRAINT waiting_pkey PRIMARY KEY (id);

ALTER TABLE ONLY limits.blocks
    ADD CONSTRAINT blocks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY limits.guesses
    ADD CONSTRAINT guesses_pkey PRIMARY KEY (account, is_known);

ALTER TABLE ONLY limits.known_places
    ADD CONSTRAINT known_places_pkey PRIMARY KEY (account, place);

ALTER TABLE ONLY limits.revision
    ADD CONSTRAINT revision_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY limits.rules
    ADD CONSTRAINT rules_pkey PRIMARY KEY (action);

ALTER TABLE ONLY messages.edits
    ADD CONSTRAINT edits_pkey PRIMARY KEY (message_id, rev);

ALTER TABLE ONLY messages.emoji_totals
    ADD CONSTRAINT emoji_totals_pkey PRIMARY KEY (conversation_id, emoji);

ALTER TABLE ONLY messages.indexed
    ADD CONSTRAINT indexed_pkey PRIMARY KEY (conversation_id);

ALTER TABLE ONLY messages.locator
    ADD CONSTRAINT locator_pkey PRIMARY KEY (id);

ALTER TABLE ONLY messages.mentions
    ADD CONSTRAINT mentions_pkey PRIMARY KEY (conversation_id, seq, user_id);

ALTER TABLE ONLY messages.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (conversation_id, seq);

ALTER TABLE ONLY messages.outgoing
    ADD CONSTRAINT outgoing_key_key UNIQUE (key);

ALTER TABLE ONLY messages.outgoing
    ADD CONSTRAINT outgoing_pkey PRIMARY KEY (id);

ALTER TABLE ONLY messages.reaction_changes
    ADD CONSTRAINT reaction_changes_pkey PRIMARY KEY (conversation_id, rev);

ALTER TABLE ONLY messages.reactions
    ADD CONSTRAINT reactions_pkey PRIMARY KEY (conversation_id, seq, user_id, emoji);

ALTER TABLE ONLY messages.replies
    ADD CONSTRAINT replies_pkey PRIMARY KEY (conversation_id, root_id, seq);

ALTER TABLE ONLY messages.search
    ADD CONSTRAINT search_pkey PRIMARY KEY (conversation_id, seq);

ALTER TABLE ONLY messages.search_0
    ADD CONSTRAINT search_0_pkey PRIMARY KEY (conversation_id, seq);

ALTER TABLE ONLY messages.search_1
    ADD CONSTRAINT search_1_pkey PRIMARY KEY (conversation_id, seq);

ALTER TABLE ONLY messages.search_2
    ADD CONSTRAINT search_2_pkey PRIMARY KEY (conversation_id, seq);

ALTER TABLE ONLY messages.search_3
    ADD CONSTRAINT search_3_pkey PRIMARY KEY (conversation_id, seq);

ALTER TABLE ONLY messages.thread_members
    ADD CONSTRAINT thread_members_pkey PRIMARY KEY (conversation_id, root_id, user_id);

ALTER TABLE ONLY messages.threads
    ADD CONSTRAINT threads_pkey PRIMARY KEY (conversation_id, root_id);

ALTER TABLE ONLY messages.writers
    ADD CONSTRAINT writers_pkey PRIMARY KEY (name);

ALTER TABLE ONLY moderation.lessons
    ADD CONSTRAINT a_text_teaches_once UNIQUE (topic, features_version, text_hash, is_positive);

ALTER TABLE ONLY moderation.breaches
    ADD CONSTRAINT breaches_pkey PRIMARY KEY (rule);

ALTER TABLE ONLY moderation.decay
    ADD CONSTRAINT decay_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY moderation.ladder
    ADD CONSTRAINT ladder_pkey PRIMARY KEY (points);

ALTER TABLE ONLY moderation.learnt
    ADD CONSTRAINT learnt_pkey PRIMARY KEY (topic, features_version, bucket);

ALTER TABLE ONLY moderation.lessons
    ADD CONSTRAINT lessons_pkey PRIMARY KEY (id);

ALTER TABLE ONLY moderation.reports
    ADD CONSTRAINT reports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY moderation.reputations
    ADD CONSTRAINT reputations_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY moderation.room_filters
    ADD CONSTRAINT room_filters_pkey PRIMARY KEY (conversation_id);

ALTER TABLE ONLY moderation.sanctions
    ADD CONSTRAINT sanctions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY moderation.subjects
    ADD CONSTRAINT subjects_pkey PRIMARY KEY (kind, id);

ALTER TABLE ONLY moderation.verdicts
    ADD CONSTRAINT verdicts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY notifications.cursors
    ADD CONSTRAINT cursors_pkey PRIMARY KEY (conversation_id);

ALTER TABLE ONLY notifications.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY notifications.levels
    ADD CONSTRAINT levels_pkey PRIMARY KEY (user_id, conversation_id);

ALTER TABLE ONLY notifications.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY notifications.preferences
    ADD CONSTRAINT preferences_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY notifications.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY phoenix.delivered
    ADD CONSTRAINT delivered_pkey PRIMARY KEY (user_id, conversation_id);

ALTER TABLE ONLY phoenix.told
    ADD CONSTRAINT told_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY presence.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY receipts.drafts
    ADD CONSTRAINT drafts_pkey PRIMARY KEY (user_id, conversation_id, root_id);

ALTER TABLE ONLY receipts.preferences
    ADD CONSTRAINT preferences_pkey PRIMARY KEY (user_id, key);

ALTER TABLE ONLY webhooks.cursors
    ADD CONSTRAINT cursors_pkey PRIMARY KEY (conversation_id);

ALTER TABLE ONLY webhooks.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhooks.endpoints
    ADD CONSTRAINT endpoints_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhooks.incoming
    ADD CONSTRAINT incoming_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhooks.incoming
    ADD CONSTRAINT incoming_token_hash_key UNIQUE (token_hash);

CREATE INDEX api_keys_by_user ON accounts.api_keys USING btree (user_id);

CREATE INDEX invitations_by_maker ON accounts.invitations USING btree (created_by);

CREATE INDEX live_sessions_by_age ON accounts.sessions USING btree (created_at) WHERE (revoked_at IS NULL);

CREATE INDEX mails_by_turn ON accounts.mails USING btree (due_at, id);

CREATE UNIQUE INDEX mails_wait_once ON accounts.mails USING btree (kind, about);

CREATE INDEX outside_identities_by_user ON accounts.outside_identities USING btree (user_id);

CREATE INDEX passkey_challenges_by_age ON accounts.passkey_challenges USING btree (expires_at);

CREATE INDEX passkeys_by_user ON accounts.passkeys USING btree (user_id);

CREATE INDEX refresh_tokens_by_expiry ON accounts.refresh_tokens USING btree (expires_at);

CREATE INDEX refresh_tokens_by_session ON accounts.refresh_tokens USING btree (session_id);

CREATE INDEX reset_tokens_by_expiry ON accounts.reset_tokens USING btree (expires_at);

CREATE INDEX reset_tokens_by_user ON accounts.reset_tokens USING btree (user_id);

CREATE UNIQUE INDEX restrictions_by_version ON accounts.restrictions USING btree (version);

CREATE INDEX revocations_by_xact ON accounts.revocations USING btree (xact);

CREATE INDEX revoked_tokens_by_expiry ON accounts.revoked_tokens USING btree (expires_at);

CREATE INDEX sessions_by_expiry ON accounts.sessions USING btree (expires_at);

CREATE INDEX sessions_by_user ON accounts.sessions USING btree (user_id);

CREATE INDEX spent_steps_by_age ON accounts.spent_steps USING btree (step);

CREATE INDEX statuses_that_end ON accounts.users USING btree (((profile ->> 'status_until'::text)) COLLATE "C") WHERE (profile ? 'status_until'::text);

CREATE INDEX tickets_by_expiry ON accounts.tickets USING btree (expires_at);

CREATE UNIQUE INDEX usernames_are_unique ON accounts.users USING btree (lower((username COLLATE "C")));

CREATE INDEX users_by_email ON accounts.users USING btree (email_index) WHERE (email_index IS NOT NULL);

CREATE INDEX users_by_plain_email ON accounts.users USING btree (lower(email)) WHERE (email IS NOT NULL);

CREATE INDEX users_by_shown ON accounts.users USING btree (shown_at) WHERE (shown_at IS NOT NULL);

CREATE INDEX users_by_trust ON accounts.users USING btree (id) WHERE (trust <> 'normal'::text);

CREATE INDEX users_with_old_hashes ON accounts.users USING btree (id) WHERE (password_hash ~~ '$2%'::text);

CREATE INDEX audit_logs_by_time ON audit.audit_logs USING btree (created_at);

CREATE INDEX audit_logs_by_user ON audit.audit_logs USING btree (user_id, id);

CREATE INDEX security_events_by_time ON audit.security_events USING btree (created_at);

CREATE INDEX security_events_by_user ON audit.security_events USING btree (user_id, id);

CREATE INDEX departures ON conversations.changes USING btree (conversation_id, subject) WHERE (kind = 'member_left'::text);

CREATE INDEX members_by_arrival ON conversations.members USING btree (joined_at);

CREATE INDEX members_by_user ON conversations.members USING btree (user_id, conversation_id);

CREATE UNIQUE INDEX one_chat_a_pair ON conversations.conversations USING btree (low_user_id, high_user_id);

CREATE UNIQUE INDEX room_names_are_unique ON conversations.conversations USING btree (lower((name COLLATE "C")));

CREATE INDEX files_by_uploader ON files.files USING btree (uploader_id) INCLUDE (size_bytes) WHERE (purged_at IS NULL);

CREATE UNIQUE INDEX files_of_a_message ON files.files USING btree (message_id, place) WHERE (message_id IS NOT NULL);

CREATE UNIQUE INDEX files_one_avatar ON files.files USING btree (uploader_id) WHERE (is_avatar AND (state = 'clean'::files.state));

CREATE INDEX files_to_look_at ON files.files USING btree (next_try_at) WHERE (state = 'quarantined'::files.state);

CREATE INDEX files_to_purge ON files.files USING btree (created_at) WHERE ((purged_at IS NULL) AND ((message_id IS NULL) OR (state = ANY (ARRAY['refused'::files.state, 'removed'::files.state]))));

CREATE INDEX files_to_review ON files.files USING btree (id) WHERE (state = 'held'::files.state);

CREATE INDEX dead_by_time ON jobs.dead USING btree (died_at);

CREATE INDEX waiting_by_turn ON jobs.waiting USING btree (kind, due_at, id);

CREATE UNIQUE INDEX waiting_once ON jobs.waiting USING btree (kind, key) WHERE (key IS NOT NULL);

CREATE INDEX blocks_by_subject ON limits.blocks USING btree (scope, subject, until_at DESC);

CREATE INDEX blocks_in_force ON limits.blocks USING btree (until_at) WHERE (lifted_at IS NULL);

CREATE INDEX guesses_by_age ON limits.guesses USING btree (last_at);

CREATE INDEX known_places_by_age ON limits.known_places USING btree (seen_at);

CREATE INDEX mentions_by_user ON messages.mentions USING btree (user_id, conversation_id, seq) WHERE (withdrawn_at IS NULL);

CREATE INDEX mentions_untold ON messages.mentions USING btree (created_at) WHERE ((NOT is_told) AND (withdrawn_at IS NULL));

CREATE INDEX outgoing_by_change ON messages.outgoing USING btree (changed_at) WHERE is_scheduled;

CREATE INDEX outgoing_due ON messages.outgoing USING btree (due_at, id) WHERE (state = 'waiting'::messages.outgoing_state);

CREATE INDEX outgoing_of_sender ON messages.outgoing USING btree (sender_id, due_at, id) WHERE (is_scheduled AND (state = ANY (ARRAY['waiting'::messages.outgoing_state, 'refused'::messages.outgoing_state])));

CREATE INDEX pinned_messages ON messages.messages USING btree (conversation_id, pinned_at) WHERE (pinned_at IS NOT NULL);

CREATE INDEX replies_untold ON messages.replies USING btree (conversation_id, seq) WHERE (NOT is_told);

CREATE INDEX search_words ON ONLY messages.search USING gin (vector) WITH (gin_pending_list_limit='256');

CREATE INDEX search_0_vector_idx ON messages.search_0 USING gin (vector) WITH (gin_pending_list_limit='256');

CREATE INDEX search_1_vector_idx ON messages.search_1 USING gin (vector) WITH (gin_pending_list_limit='256');

CREATE INDEX search_2_vector_idx ON messages.search_2 USING gin (vector) WITH (gin_pending_list_limit='256');

CREATE INDEX search_3_vector_idx ON messages.search_3 USING gin (vector) WITH (gin_pending_list_limit='256');

CREATE INDEX thread_members_by_user ON messages.thread_members USING btree (user_id, conversation_id, root_id);

CREATE INDEX threads_by_last_reply ON messages.threads USING btree (conversation_id, last_seq);

CREATE INDEX open_appeals ON moderation.sanctions USING btree (id) WHERE (appeal_state = 'open'::moderation.appeal_state);

CREATE INDEX open_reports ON moderation.reports USING btree (id) WHERE (state = 'open'::moderation.report_state);

CREATE INDEX open_reports_by_reporter ON moderation.reports USING btree (reporter_id) WHERE (state = 'open'::moderation.report_state);

CREATE INDEX refusals_to_count ON moderation.verdicts USING btree (id) WHERE (is_refused AND (NOT is_counted));

CREATE INDEX reports_by_decision ON moderation.reports USING btree (decision_id) WHERE (decision_id IS NOT NULL);

CREATE INDEX reports_by_reporter ON moderation.reports USING btree (reporter_id, id);

CREATE INDEX reports_by_subject ON moderation.reports USING btree (subject_id, id);

CREATE UNIQUE INDEX reports_of_messages ON moderation.reports USING btree (reporter_id, message_id) WHERE (message_id IS NOT NULL);

CREATE UNIQUE INDEX reports_of_users ON moderation.reports USING btree (reporter_id, subject_id) WHERE ((message_id IS NULL) AND (state = 'open'::moderation.report_state));

CREATE INDEX sanctions_by_subject ON moderation.sanctions USING btree (subject_kind, subject_id, id);

CREATE INDEX verdicts_by_author ON moderation.verdicts USING btree (author_id, id);

CREATE INDEX verdicts_by_conversation ON moderation.verdicts USING btree (conversation_id, id);

CREATE INDEX verdicts_by_time ON moderation.verdicts USING btree (created_at);

CREATE INDEX levels_all ON notifications.levels USING btree (conversation_id) WHERE (level = 'all'::text);

CREATE UNIQUE INDEX notices_by_key ON notifications.notices USING btree (user_id, key) WHERE (key IS NOT NULL);

CREATE INDEX notices_by_time ON notifications.notices USING btree (created_at);

CREATE INDEX notices_of_user ON notifications.notices USING btree (user_id, id);

CREATE UNIQUE INDEX notices_once ON notifications.notices USING btree (user_id, message_id) WHERE (message_id IS NOT NULL);

CREATE INDEX notices_unread ON notifications.notices USING btree (user_id, conversation_id, seq) WHERE (read_at IS NULL);

CREATE INDEX subscriptions_by_user ON notifications.subscriptions USING btree (user_id);

CREATE UNIQUE INDEX subscriptions_once ON notifications.subscriptions USING btree (sha256((endpoint)::bytea));

CREATE INDEX preferences_all ON receipts.preferences USING btree (user_id) WHERE ((key = 'notifications'::text) AND (value = '"all"'::jsonb));

CREATE INDEX deliveries_by_endpoint ON webhooks.deliveries USING btree (endpoint_id, id);

CREATE INDEX deliveries_by_time ON webhooks.deliveries USING btree (created_at);

CREATE INDEX endpoints_by_conversation ON webhooks.endpoints USING btree (conversation_id);

CREATE INDEX incoming_by_conversation ON webhooks.incoming USING btree (conversation_id);

ALTER INDEX messages.search_pkey ATTACH PARTITION messages.search_0_pkey;

ALTER INDEX messages.search_words ATTACH PARTITION messages.search_0_vector_idx;

ALTER INDEX messages.search_pkey ATTACH PARTITION messages.search_1_pkey;

ALTER INDEX messages.search_words ATTACH PARTITION messages.search_1_vector_idx;

ALTER INDEX messages.search_pkey ATTACH PARTITION messages.search_2_pkey;

ALTER INDEX messages.search_words ATTACH PARTITION messages.search_2_vector_idx;

ALTER INDEX messages.search_pkey ATTACH PARTITION messages.search_3_pkey;

ALTER INDEX messages.search_words ATTACH PARTITION messages.search_3_vector_idx;

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.api_keys FOR EACH ROW EXECUTE FUNCTION audit.note_change('id', 'warning', '{user_id,scopes,expires_at,revoked_at}', '{key_hash}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.authenticators FOR EACH ROW EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{confirmed_at}', '{sealed}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.backup_codes FOR EACH ROW EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{}', '{code_hash}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.data_keys FOR EACH ROW EXECUTE FUNCTION audit.note_change('key_id', 'critical', '{purpose}', '{sealed}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.invitations FOR EACH ROW EXECUTE FUNCTION audit.note_change('id', 'warning', '{created_by,max_uses,uses,expires_at,revoked_at}', '{code_hash}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.outside_identities FOR EACH ROW EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{issuer,subject}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.passkeys FOR EACH ROW EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{id,name}', '{public_key}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.restrictions FOR EACH ROW EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{muted_until,banned_until}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.role_permissions FOR EACH ROW EXECUTE FUNCTION audit.note_change('role', 'critical', '{role,permission}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.roles FOR EACH ROW EXECUTE FUNCTION audit.note_change('name', 'critical', '{name}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.signing_keys FOR EACH ROW EXECUTE FUNCTION audit.note_change('key_id', 'critical', '{algorithm,signs_from,retired_at}', '{sealed}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON accounts.users FOR EACH ROW EXECUTE FUNCTION audit.note_change('id', 'warning', '{role,trust,is_trust_pinned}', '{password_hash}');

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.api_keys FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.authenticators FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.backup_codes FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.data_keys FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.invitations FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.outside_identities FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.passkeys FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.restrictions FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.role_permissions FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.roles FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.signing_keys FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON accounts.users FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_update AFTER UPDATE OF user_id, scopes, expires_at, revoked_at, key_hash ON accounts.api_keys FOR EACH ROW WHEN (((old.user_id IS DISTINCT FROM new.user_id) OR (old.scopes IS DISTINCT FROM new.scopes) OR (old.expires_at IS DISTINCT FROM new.expires_at) OR (old.revoked_at IS DISTINCT FROM new.revoked_at) OR (old.key_hash IS DISTINCT FROM new.key_hash))) EXECUTE FUNCTION audit.note_change('id', 'warning', '{user_id,scopes,expires_at,revoked_at}', '{key_hash}');

CREATE TRIGGER audited_update AFTER UPDATE OF confirmed_at, sealed ON accounts.authenticators FOR EACH ROW WHEN (((old.confirmed_at IS DISTINCT FROM new.confirmed_at) OR (old.sealed IS DISTINCT FROM new.sealed))) EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{confirmed_at}', '{sealed}');

CREATE TRIGGER audited_update AFTER UPDATE OF code_hash ON accounts.backup_codes FOR EACH ROW WHEN ((old.code_hash IS DISTINCT FROM new.code_hash)) EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{}', '{code_hash}');

CREATE TRIGGER audited_update AFTER UPDATE OF purpose, sealed ON accounts.data_keys FOR EACH ROW WHEN (((old.purpose IS DISTINCT FROM new.purpose) OR (old.sealed IS DISTINCT FROM new.sealed))) EXECUTE FUNCTION audit.note_change('key_id', 'critical', '{purpose}', '{sealed}');

CREATE TRIGGER audited_update AFTER UPDATE OF created_by, max_uses, uses, expires_at, revoked_at, code_hash ON accounts.invitations FOR EACH ROW WHEN (((old.created_by IS DISTINCT FROM new.created_by) OR (old.max_uses IS DISTINCT FROM new.max_uses) OR (old.uses IS DISTINCT FROM new.uses) OR (old.expires_at IS DISTINCT FROM new.expires_at) OR (old.revoked_at IS DISTINCT FROM new.revoked_at) OR (old.code_hash IS DISTINCT FROM new.code_hash))) EXECUTE FUNCTION audit.note_change('id', 'warning', '{created_by,max_uses,uses,expires_at,revoked_at}', '{code_hash}');

CREATE TRIGGER audited_update AFTER UPDATE OF issuer, subject ON accounts.outside_identities FOR EACH ROW WHEN (((old.issuer IS DISTINCT FROM new.issuer) OR (old.subject IS DISTINCT FROM new.subject))) EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{issuer,subject}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF id, name, public_key ON accounts.passkeys FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.name IS DISTINCT FROM new.name) OR (old.public_key IS DISTINCT FROM new.public_key))) EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{id,name}', '{public_key}');

CREATE TRIGGER audited_update AFTER UPDATE OF muted_until, banned_until ON accounts.restrictions FOR EACH ROW WHEN (((old.muted_until IS DISTINCT FROM new.muted_until) OR (old.banned_until IS DISTINCT FROM new.banned_until))) EXECUTE FUNCTION audit.note_change('user_id', 'warning', '{muted_until,banned_until}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF role, permission ON accounts.role_permissions FOR EACH ROW WHEN (((old.role IS DISTINCT FROM new.role) OR (old.permission IS DISTINCT FROM new.permission))) EXECUTE FUNCTION audit.note_change('role', 'critical', '{role,permission}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF name ON accounts.roles FOR EACH ROW WHEN ((old.name IS DISTINCT FROM new.name)) EXECUTE FUNCTION audit.note_change('name', 'critical', '{name}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF algorithm, signs_from, retired_at, sealed ON accounts.signing_keys FOR EACH ROW WHEN (((old.algorithm IS DISTINCT FROM new.algorithm) OR (old.signs_from IS DISTINCT FROM new.signs_from) OR (old.retired_at IS DISTINCT FROM new.retired_at) OR (old.sealed IS DISTINCT FROM new.sealed))) EXECUTE FUNCTION audit.note_change('key_id', 'critical', '{algorithm,signs_from,retired_at}', '{sealed}');

CREATE TRIGGER audited_update AFTER UPDATE OF role, trust, is_trust_pinned, password_hash ON accounts.users FOR EACH ROW WHEN (((old.role IS DISTINCT FROM new.role) OR (old.trust IS DISTINCT FROM new.trust) OR (old.is_trust_pinned IS DISTINCT FROM new.is_trust_pinned) OR (old.password_hash IS DISTINCT FROM new.password_hash))) EXECUTE FUNCTION audit.note_change('id', 'warning', '{role,trust,is_trust_pinned}', '{password_hash}');

CREATE TRIGGER note_shown BEFORE UPDATE OF display_name, profile ON accounts.users FOR EACH ROW WHEN (((old.display_name IS DISTINCT FROM new.display_name) OR (old.profile IS DISTINCT FROM new.profile))) EXECUTE FUNCTION accounts.note_shown();

CREATE TRIGGER revocation_noted AFTER UPDATE OF revoked_at ON accounts.api_keys FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL))) EXECUTE FUNCTION accounts.note_key_over();

CREATE TRIGGER revocation_noted AFTER INSERT OR DELETE OR UPDATE ON accounts.role_permissions FOR EACH STATEMENT EXECUTE FUNCTION accounts.note_permissions();

CREATE TRIGGER revocation_noted AFTER UPDATE OF revoked_at ON accounts.sessions FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL))) EXECUTE FUNCTION accounts.note_session_over();

CREATE TRIGGER revocation_noted AFTER UPDATE OF tokens_valid_from, role, username ON accounts.users FOR EACH ROW WHEN (((old.tokens_valid_from <> new.tokens_valid_from) OR (old.role <> new.role) OR (old.username <> new.username))) EXECUTE FUNCTION accounts.note_user_changed();

CREATE TRIGGER revocation_noted_at_once AFTER INSERT ON accounts.sessions FOR EACH ROW WHEN ((new.revoked_at IS NOT NULL)) EXECUTE FUNCTION accounts.note_session_over();

CREATE TRIGGER trust_followed AFTER UPDATE OF trust ON accounts.users FOR EACH STATEMENT EXECUTE FUNCTION accounts.note_trust();

CREATE CONSTRAINT TRIGGER appended AFTER INSERT ON audit.pending DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.append();

CREATE TRIGGER chained BEFORE INSERT ON audit.audit_logs FOR EACH ROW EXECUTE FUNCTION audit.chain_log();

CREATE TRIGGER chained BEFORE INSERT ON audit.security_events FOR EACH ROW EXECUTE FUNCTION audit.chain_event();

CREATE TRIGGER kept BEFORE DELETE ON audit.audit_logs FOR EACH ROW EXECUTE FUNCTION audit.refuse_removal();

CREATE TRIGGER kept BEFORE DELETE ON audit.security_events FOR EACH ROW EXECUTE FUNCTION audit.refuse_removal();

CREATE TRIGGER unchanged BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.archives FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER unchanged BEFORE UPDATE OR TRUNCATE ON audit.audit_logs FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER unchanged BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.checkpoints FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER unchanged BEFORE UPDATE OR TRUNCATE ON audit.security_events FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER members_added AFTER INSERT ON conversations.members REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conversations.count_members();

CREATE TRIGGER members_removed AFTER DELETE ON conversations.members REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conversations.count_members();

CREATE TRIGGER avatar_lost AFTER UPDATE OF state ON files.files FOR EACH ROW WHEN ((new.is_avatar AND (old.state = 'clean'::files.state) AND (new.state <> 'clean'::files.state))) EXECUTE FUNCTION files.lose_avatar();

CREATE TRIGGER shown_in_messages AFTER UPDATE OF state ON files.files FOR EACH ROW WHEN (((old.message_id IS NOT NULL) AND (old.state <> new.state))) EXECUTE FUNCTION messages.show_files();

CREATE TRIGGER audited AFTER INSERT OR DELETE ON limits.blocks FOR EACH ROW EXECUTE FUNCTION audit.note_change('id', 'warning', '{scope,subject,step,rule,until_at,placed_by,lifted_at,lifted_by}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON limits.rules FOR EACH ROW EXECUTE FUNCTION audit.note_change('action', 'warning', '{amount,period_seconds,burst,algorithm,factors,changed_by}', '{}');

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON limits.blocks FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON limits.rules FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_update AFTER UPDATE OF scope, subject, step, rule, until_at, placed_by, lifted_at, lifted_by ON limits.blocks FOR EACH ROW WHEN (((old.scope IS DISTINCT FROM new.scope) OR (old.subject IS DISTINCT FROM new.subject) OR (old.step IS DISTINCT FROM new.step) OR (old.rule IS DISTINCT FROM new.rule) OR (old.until_at IS DISTINCT FROM new.until_at) OR (old.placed_by IS DISTINCT FROM new.placed_by) OR (old.lifted_at IS DISTINCT FROM new.lifted_at) OR (old.lifted_by IS DISTINCT FROM new.lifted_by))) EXECUTE FUNCTION audit.note_change('id', 'warning', '{scope,subject,step,rule,until_at,placed_by,lifted_at,lifted_by}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF amount, period_seconds, burst, algorithm, factors, changed_by ON limits.rules FOR EACH ROW WHEN (((old.amount IS DISTINCT FROM new.amount) OR (old.period_seconds IS DISTINCT FROM new.period_seconds) OR (old.burst IS DISTINCT FROM new.burst) OR (old.algorithm IS DISTINCT FROM new.algorithm) OR (old.factors IS DISTINCT FROM new.factors) OR (old.changed_by IS DISTINCT FROM new.changed_by))) EXECUTE FUNCTION audit.note_change('action', 'warning', '{amount,period_seconds,burst,algorithm,factors,changed_by}', '{}');

CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON limits.blocks FOR EACH STATEMENT EXECUTE FUNCTION limits.note_change();

CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON limits.rules FOR EACH STATEMENT EXECUTE FUNCTION limits.note_change();

CREATE TRIGGER files_hidden BEFORE UPDATE OF deleted_at ON messages.messages FOR EACH ROW WHEN (((new.deleted_at IS NOT NULL) AND (old.files IS NOT NULL))) EXECUTE FUNCTION messages.hide_files();

CREATE TRIGGER files_removed AFTER UPDATE OF deleted_at ON messages.messages FOR EACH ROW WHEN (((old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL) AND (old.message_type = 'file'::messages.message_type))) EXECUTE FUNCTION messages.remove_files();

CREATE TRIGGER mentions_changed BEFORE UPDATE OF content ON messages.messages FOR EACH ROW WHEN (((old.content <> new.content) AND ((new.content ~~ '%@%'::text) OR (old.mentions IS NOT NULL) OR (old.audience IS NOT NULL)))) EXECUTE FUNCTION messages.find_mentions();

CREATE TRIGGER mentions_sent BEFORE INSERT ON messages.messages FOR EACH ROW WHEN ((new.content ~~ '%@%'::text)) EXECUTE FUNCTION messages.find_mentions();

CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON messages.outgoing FOR EACH ROW WHEN (new.is_scheduled) EXECUTE FUNCTION messages.note_change();

CREATE TRIGGER reactions_added AFTER INSERT ON messages.reactions REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION messages.count_reactions();

CREATE TRIGGER reactions_of_a_tombstone AFTER UPDATE OF deleted_at ON messages.messages FOR EACH ROW WHEN (((new.deleted_at IS NOT NULL) AND (old.reactions IS NOT NULL))) EXECUTE FUNCTION messages.drop_reactions();

CREATE TRIGGER reactions_removed AFTER DELETE ON messages.reactions REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION messages.count_reactions();

CREATE TRIGGER reindex AFTER UPDATE OF content, deleted_at, reactions, pinned_at ON messages.messages FOR EACH ROW WHEN (((old.content IS DISTINCT FROM new.content) OR ((old.deleted_at IS NULL) <> (new.deleted_at IS NULL)) OR ((old.reactions IS NULL) <> (new.reactions IS NULL)) OR ((old.pinned_at IS NULL) <> (new.pinned_at IS NULL)))) EXECUTE FUNCTION messages.reindex();

CREATE TRIGGER reply_deleted AFTER UPDATE OF deleted_at ON messages.messages FOR EACH ROW WHEN (((new.parent_id IS NOT NULL) AND (old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL))) EXECUTE FUNCTION messages.uncount_reply();

CREATE TRIGGER reply_sent AFTER INSERT ON messages.messages FOR EACH ROW WHEN ((new.parent_id IS NOT NULL)) EXECUTE FUNCTION messages.count_reply();

CREATE TRIGGER audited AFTER INSERT OR DELETE ON moderation.breaches FOR EACH ROW EXECUTE FUNCTION audit.note_change('rule', 'critical', '{points}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON moderation.decay FOR EACH ROW EXECUTE FUNCTION audit.note_change('is_only', 'critical', '{half_life_seconds}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON moderation.ladder FOR EACH ROW EXECUTE FUNCTION audit.note_change('points', 'critical', '{kind,seconds}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON moderation.reports FOR EACH ROW EXECUTE FUNCTION audit.note_change('id', 'info', '{reporter_id,subject_id,message_id,reason,state,decided_by}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON moderation.room_filters FOR EACH ROW EXECUTE FUNCTION audit.note_change('conversation_id', 'warning', '{size,structure,meaning,changed_by}', '{}');

CREATE TRIGGER audited AFTER INSERT OR DELETE ON moderation.sanctions FOR EACH ROW EXECUTE FUNCTION audit.note_change('id', 'warning', '{subject_id,kind,ends_at,author_id,lifted_at,lifted_by,appeal_state,decided_by}', '{}');

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON moderation.breaches FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON moderation.decay FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON moderation.ladder FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON moderation.reports FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON moderation.room_filters FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_truncate AFTER TRUNCATE ON moderation.sanctions FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncation();

CREATE TRIGGER audited_update AFTER UPDATE OF points ON moderation.breaches FOR EACH ROW WHEN ((old.points IS DISTINCT FROM new.points)) EXECUTE FUNCTION audit.note_change('rule', 'critical', '{points}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF half_life_seconds ON moderation.decay FOR EACH ROW WHEN ((old.half_life_seconds IS DISTINCT FROM new.half_life_seconds)) EXECUTE FUNCTION audit.note_change('is_only', 'critical', '{half_life_seconds}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF kind, seconds ON moderation.ladder FOR EACH ROW WHEN (((old.kind IS DISTINCT FROM new.kind) OR (old.seconds IS DISTINCT FROM new.seconds))) EXECUTE FUNCTION audit.note_change('points', 'critical', '{kind,seconds}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF reporter_id, subject_id, message_id, reason, state, decided_by ON moderation.reports FOR EACH ROW WHEN (((old.reporter_id IS DISTINCT FROM new.reporter_id) OR (old.subject_id IS DISTINCT FROM new.subject_id) OR (old.message_id IS DISTINCT FROM new.message_id) OR (old.reason IS DISTINCT FROM new.reason) OR (old.state IS DISTINCT FROM new.state) OR (old.decided_by IS DISTINCT FROM new.decided_by))) EXECUTE FUNCTION audit.note_change('id', 'info', '{reporter_id,subject_id,message_id,reason,state,decided_by}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF size, structure, meaning, changed_by ON moderation.room_filters FOR EACH ROW WHEN (((old.size IS DISTINCT FROM new.size) OR (old.structure IS DISTINCT FROM new.structure) OR (old.meaning IS DISTINCT FROM new.meaning) OR (old.changed_by IS DISTINCT FROM new.changed_by))) EXECUTE FUNCTION audit.note_change('conversation_id', 'warning', '{size,structure,meaning,changed_by}', '{}');

CREATE TRIGGER audited_update AFTER UPDATE OF subject_id, kind, ends_at, author_id, lifted_at, lifted_by, appeal_state, decided_by ON moderation.sanctions FOR EACH ROW WHEN (((old.subject_id IS DISTINCT FROM new.subject_id) OR (old.kind IS DISTINCT FROM new.kind) OR (old.ends_at IS DISTINCT FROM new.ends_at) OR (old.author_id IS DISTINCT FROM new.author_id) OR (old.lifted_at IS DISTINCT FROM new.lifted_at) OR (old.lifted_by IS DISTINCT FROM new.lifted_by) OR (old.appeal_state IS DISTINCT FROM new.appeal_state) OR (old.decided_by IS DISTINCT FROM new.decided_by))) EXECUTE FUNCTION audit.note_change('id', 'warning', '{subject_id,kind,ends_at,author_id,lifted_at,lifted_by,appeal_state,decided_by}', '{}');

ALTER TABLE ONLY accounts.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.authenticators
    ADD CONSTRAINT authenticators_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.backup_codes
    ADD CONSTRAINT backup_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.invitations
    ADD CONSTRAINT invitations_created_by_fkey FOREIGN KEY (created_by) REFERENCES accounts.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY accounts.outside_identities
    ADD CONSTRAINT outside_identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.passkey_challenges
    ADD CONSTRAINT passkey_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES accounts.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.reset_tokens
    ADD CONSTRAINT reset_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.restrictions
    ADD CONSTRAINT restrictions_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.role_permissions
    ADD CONSTRAINT role_permissions_role_fkey FOREIGN KEY (role) REFERENCES accounts.roles(name) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.spent_steps
    ADD CONSTRAINT spent_steps_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.tickets
    ADD CONSTRAINT tickets_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY accounts.users
    ADD CONSTRAINT users_role_fkey FOREIGN KEY (role) REFERENCES accounts.roles(name);

ALTER TABLE ONLY conversations.changes
    ADD CONSTRAINT changes_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations.conversations(id);

ALTER TABLE ONLY conversations.members
    ADD CONSTRAINT members_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations.conversations(id);

ALTER TABLE ONLY moderation.sanctions
    ADD CONSTRAINT sanctions_subject_kind_subject_id_fkey FOREIGN KEY (subject_kind, subject_id) REFERENCES moderation.subjects(kind, id);

ALTER TABLE ONLY webhooks.deliveries
    ADD CONSTRAINT deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhooks.endpoints(id) ON DELETE CASCADE;

ALTER TABLE accounts.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.authenticators ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.backup_codes ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON accounts.api_keys FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.authenticators FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.backup_codes FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.invitations FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.mails FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.outside_identities FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.passkey_challenges FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.passkeys FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.refresh_tokens FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.reset_tokens FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.restrictions FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.revocations FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.revoked_tokens FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.sessions FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.spent_steps FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.tickets FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.trust_revision FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON accounts.users FOR SELECT TO causerie_finder USING (true);

ALTER TABLE accounts.invitations ENABLE ROW LEVEL SECURITY;

CREATE POLICY keepers ON accounts.api_keys TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.authenticators TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.backup_codes TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.invitations TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.mails TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.outside_identities TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.passkey_challenges TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.passkeys TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.refresh_tokens TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.reset_tokens TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.restrictions TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.revocations TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.revoked_tokens TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.sessions TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.spent_steps TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.tickets TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.trust_revision TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON accounts.users TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE accounts.mails ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.outside_identities ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.passkey_challenges ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.passkeys ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON accounts.restrictions FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

CREATE POLICY readers ON accounts.sessions FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

CREATE POLICY readers ON accounts.users FOR SELECT TO causerie_reader USING (true);

ALTER TABLE accounts.refresh_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.reset_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.restrictions ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.revocations ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.revoked_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.spent_steps ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.trust_revision ENABLE ROW LEVEL SECURITY;

ALTER TABLE accounts.users ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON accounts.api_keys TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.authenticators TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.backup_codes TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.invitations TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.mails TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.outside_identities TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.passkey_challenges TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.passkeys TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.refresh_tokens TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.reset_tokens TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.restrictions TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.revocations TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.revoked_tokens TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.sessions TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.spent_steps TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.tickets TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.trust_revision TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON accounts.users TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE audit.audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON audit.audit_logs FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON audit.pending FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON audit.security_events FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON audit.audit_logs TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON audit.pending TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON audit.security_events TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE audit.pending ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.security_events ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON audit.audit_logs TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON audit.pending TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON audit.security_events TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE conversations.blocks ENABLE ROW LEVEL SECURITY;

ALTER TABLE conversations.changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE conversations.conversations ENABLE ROW LEVEL SECURITY;

ALTER TABLE conversations.discreet ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON conversations.blocks FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON conversations.changes FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON conversations.conversations FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON conversations.discreet FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON conversations.members FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON conversations.withheld FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON conversations.blocks TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON conversations.changes TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON conversations.conversations TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON conversations.discreet TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON conversations.members TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON conversations.withheld TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE conversations.members ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON conversations.changes FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON conversations.conversations FOR SELECT TO causerie_reader USING (((visibility = 'public'::conversations.visibility) OR (id IN ( SELECT conversations.of_actor() AS of_actor))));

CREATE POLICY readers ON conversations.members FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

ALTER TABLE conversations.withheld ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON conversations.blocks TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON conversations.changes TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON conversations.conversations TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON conversations.discreet TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON conversations.members TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON conversations.withheld TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE files.files ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON files.files FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON files.files TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY readers ON files.files FOR SELECT TO causerie_reader USING (((state <> 'removed'::files.state) AND (state <> 'arriving'::files.state) AND (((conversation_id IS NULL) AND (uploader_id = foundation.actor())) OR (conversation_id IN ( SELECT conversations.of_actor() AS of_actor)))));

CREATE POLICY writers ON files.files TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY finders ON foundation.idempotency_keys FOR SELECT TO causerie_finder USING (true);

ALTER TABLE foundation.idempotency_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY keepers ON foundation.idempotency_keys TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY writers ON foundation.idempotency_keys TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE jobs.dead ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON jobs.dead FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON jobs.waiting FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON jobs.dead TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON jobs.waiting TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE jobs.waiting ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON jobs.dead TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON jobs.waiting TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE limits.blocks ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON limits.blocks FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON limits.guesses FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON limits.known_places FOR SELECT TO causerie_finder USING (true);

ALTER TABLE limits.guesses ENABLE ROW LEVEL SECURITY;

CREATE POLICY keepers ON limits.blocks TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON limits.guesses TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON limits.known_places TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE limits.known_places ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON limits.blocks TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON limits.guesses TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON limits.known_places TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE messages.edits ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.emoji_totals ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON messages.edits FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.emoji_totals FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.indexed FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.locator FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.mentions FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.messages FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.outgoing FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.reaction_changes FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.reactions FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.replies FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.search FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.search_0 FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.search_1 FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.search_2 FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.search_3 FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.thread_members FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON messages.threads FOR SELECT TO causerie_finder USING (true);

ALTER TABLE messages.indexed ENABLE ROW LEVEL SECURITY;

CREATE POLICY keepers ON messages.edits TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.emoji_totals TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.indexed TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.locator TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.mentions TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.messages TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.outgoing TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.reaction_changes TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.reactions TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.replies TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.search TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.search_0 TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.search_1 TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.search_2 TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.search_3 TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.thread_members TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON messages.threads TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE messages.locator ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.mentions ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.outgoing ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.reaction_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.reactions ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON messages.edits FOR SELECT TO causerie_reader USING ((EXISTS ( SELECT
   FROM (messages.locator l
     JOIN messages.messages m ON (((m.conversation_id = l.conversation_id) AND (m.seq = l.seq))))
  WHERE ((l.id = edits.message_id) AND (m.deleted_at IS NULL)))));

CREATE POLICY readers ON messages.emoji_totals FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON messages.locator FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON messages.mentions FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON messages.messages FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON messages.outgoing FOR SELECT TO causerie_reader USING ((is_scheduled AND (sender_id = foundation.actor())));

CREATE POLICY readers ON messages.reaction_changes FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON messages.reactions FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON messages.replies FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

CREATE POLICY readers ON messages.thread_members FOR SELECT TO causerie_reader USING (((user_id = foundation.actor()) AND (conversation_id IN ( SELECT conversations.of_actor() AS of_actor))));

CREATE POLICY readers ON messages.threads FOR SELECT TO causerie_reader USING ((conversation_id IN ( SELECT conversations.of_actor() AS of_actor)));

ALTER TABLE messages.replies ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.search ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.search_0 ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.search_1 ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.search_2 ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.search_3 ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.thread_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages.threads ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON messages.edits TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.emoji_totals TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.indexed TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.locator TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.mentions TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.messages TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.outgoing TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.reaction_changes TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.reactions TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.replies TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.search TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.search_0 TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.search_1 TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.search_2 TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.search_3 TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.thread_members TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON messages.threads TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY finders ON moderation.lessons FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON moderation.reports FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON moderation.reputations FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON moderation.sanctions FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON moderation.subjects FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON moderation.verdicts FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON moderation.lessons TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON moderation.reports TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON moderation.reputations TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON moderation.sanctions TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON moderation.subjects TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON moderation.verdicts TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE moderation.lessons ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON moderation.reputations FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

ALTER TABLE moderation.reports ENABLE ROW LEVEL SECURITY;

ALTER TABLE moderation.reputations ENABLE ROW LEVEL SECURITY;

ALTER TABLE moderation.sanctions ENABLE ROW LEVEL SECURITY;

ALTER TABLE moderation.subjects ENABLE ROW LEVEL SECURITY;

ALTER TABLE moderation.verdicts ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON moderation.lessons TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON moderation.reports TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON moderation.reputations TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON moderation.sanctions TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON moderation.subjects TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON moderation.verdicts TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE notifications.cursors ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON notifications.cursors FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON notifications.keys FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON notifications.levels FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON notifications.notices FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON notifications.preferences FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON notifications.subscriptions FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON notifications.cursors TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON notifications.keys TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON notifications.levels TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON notifications.notices TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON notifications.preferences TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON notifications.subscriptions TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE notifications.keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.levels ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.notices ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.preferences ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON notifications.levels FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

CREATE POLICY readers ON notifications.notices FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

ALTER TABLE notifications.subscriptions ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON notifications.cursors TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON notifications.keys TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON notifications.levels TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON notifications.notices TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON notifications.preferences TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON notifications.subscriptions TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE phoenix.delivered ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON phoenix.delivered FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON phoenix.told FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON phoenix.delivered TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON phoenix.told TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY readers ON phoenix.delivered FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

ALTER TABLE phoenix.told ENABLE ROW LEVEL SECURITY;

CREATE POLICY writers ON phoenix.delivered TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON phoenix.told TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY finders ON presence.people FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON presence.people TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE presence.people ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON presence.people FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

CREATE POLICY writers ON presence.people TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE receipts.drafts ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON receipts.drafts FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON receipts.preferences FOR SELECT TO causerie_finder USING (true);

CREATE POLICY keepers ON receipts.drafts TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON receipts.preferences TO causerie_keeper USING (true) WITH CHECK (true);

ALTER TABLE receipts.preferences ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON receipts.drafts FOR SELECT TO causerie_reader USING (((user_id = foundation.actor()) AND (conversation_id IN ( SELECT conversations.of_actor() AS of_actor))));

CREATE POLICY readers ON receipts.preferences FOR SELECT TO causerie_reader USING ((user_id = foundation.actor()));

CREATE POLICY writers ON receipts.drafts TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON receipts.preferences TO causerie_writer USING (true) WITH CHECK (true);

ALTER TABLE webhooks.cursors ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhooks.deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhooks.endpoints ENABLE ROW LEVEL SECURITY;

CREATE POLICY finders ON webhooks.cursors FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON webhooks.deliveries FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON webhooks.endpoints FOR SELECT TO causerie_finder USING (true);

CREATE POLICY finders ON webhooks.incoming FOR SELECT TO causerie_finder USING (true);

ALTER TABLE webhooks.incoming ENABLE ROW LEVEL SECURITY;

CREATE POLICY keepers ON webhooks.cursors TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON webhooks.deliveries TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON webhooks.endpoints TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY keepers ON webhooks.incoming TO causerie_keeper USING (true) WITH CHECK (true);

CREATE POLICY writers ON webhooks.cursors TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON webhooks.deliveries TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON webhooks.endpoints TO causerie_writer USING (true) WITH CHECK (true);

CREATE POLICY writers ON webhooks.incoming TO causerie_writer USING (true) WITH CHECK (true);

GRANT USAGE ON SCHEMA accounts TO causerie_app;
GRANT USAGE ON SCHEMA accounts TO causerie_reader;

GRANT USAGE ON SCHEMA audit TO causerie_app;

GRANT USAGE ON SCHEMA conversations TO causerie_app;
GRANT USAGE ON SCHEMA conversations TO causerie_reader;
GRANT USAGE ON SCHEMA conversations TO causerie_finder;

GRANT USAGE ON SCHEMA files TO causerie_app;
GRANT USAGE ON SCHEMA files TO causerie_reader;

GRANT USAGE ON SCHEMA foundation TO causerie_app;
GRANT USAGE ON SCHEMA foundation TO causerie_reader;
GRANT USAGE ON SCHEMA foundation TO causerie_finder;

GRANT USAGE ON SCHEMA jobs TO causerie_app;

GRANT USAGE ON SCHEMA limits TO causerie_app;

GRANT USAGE ON SCHEMA messages TO causerie_app;
GRANT USAGE ON SCHEMA messages TO causerie_reader;
GRANT USAGE ON SCHEMA messages TO causerie_finder;

GRANT USAGE ON SCHEMA moderation TO causerie_app;
GRANT USAGE ON SCHEMA moderation TO causerie_reader;

GRANT USAGE ON SCHEMA notifications TO causerie_app;
GRANT USAGE ON SCHEMA notifications TO causerie_reader;

GRANT USAGE ON SCHEMA phoenix TO causerie_app;
GRANT USAGE ON SCHEMA phoenix TO causerie_reader;

GRANT USAGE ON SCHEMA presence TO causerie_app;
GRANT USAGE ON SCHEMA presence TO causerie_reader;

GRANT USAGE ON SCHEMA receipts TO causerie_app;
GRANT USAGE ON SCHEMA receipts TO causerie_reader;

GRANT USAGE ON SCHEMA webhooks TO causerie_app;

REVOKE ALL ON FUNCTION audit.watch(watched regclass, key text, severity audit.severity, columns text[], secret text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION foundation.protect(guarded regclass, readable text, columns text) FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.messages TO causerie_app;
GRANT SELECT ON TABLE messages.messages TO causerie_reader;
GRANT SELECT ON TABLE messages.messages TO causerie_finder;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.mentions TO causerie_app;
GRANT SELECT ON TABLE messages.mentions TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.api_keys TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE accounts.api_keys_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.authenticators TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.backup_codes TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.data_keys TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.founding TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.invitations TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE accounts.invitations_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.mails TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE accounts.mails_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.outside_identities TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE accounts.outside_identities_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.passkey_challenges TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.passkeys TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE accounts.passkeys_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.refresh_tokens TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.reset_tokens TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE accounts.restriction_versions TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.restrictions TO causerie_app;
GRANT SELECT ON TABLE accounts.restrictions TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.revocations TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE accounts.revocations_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.revoked_tokens TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.role_permissions TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.roles TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.sessions TO causerie_app;
GRANT SELECT ON TABLE accounts.sessions TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.signing_keys TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.spent_steps TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.tickets TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.trust_revision TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE accounts.users TO causerie_app;

GRANT SELECT(id) ON TABLE accounts.users TO causerie_reader;

GRANT SELECT(username) ON TABLE accounts.users TO causerie_reader;

GRANT SELECT(display_name) ON TABLE accounts.users TO causerie_reader;

GRANT SELECT(role) ON TABLE accounts.users TO causerie_reader;

GRANT SELECT(created_at) ON TABLE accounts.users TO causerie_reader;

GRANT SELECT(profile) ON TABLE accounts.users TO causerie_reader;

GRANT SELECT,USAGE ON SEQUENCE accounts.users_id_seq TO causerie_app;

GRANT SELECT ON TABLE audit.archives TO causerie_app;

GRANT SELECT ON TABLE audit.audit_logs TO causerie_app;

GRANT SELECT ON TABLE audit.audit_by_table_daily TO causerie_app;

GRANT SELECT ON TABLE audit.audit_by_user TO causerie_app;

GRANT SELECT ON TABLE audit.security_events TO causerie_app;

GRANT SELECT ON TABLE audit.audit_critical TO causerie_app;

GRANT SELECT,INSERT ON TABLE audit.checkpoints TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE audit.pending_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE conversations.blocks TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE conversations.changes TO causerie_app;
GRANT SELECT ON TABLE conversations.changes TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE conversations.conversations TO causerie_app;
GRANT SELECT ON TABLE conversations.conversations TO causerie_reader;
GRANT SELECT ON TABLE conversations.conversations TO causerie_finder;

GRANT SELECT,USAGE ON SEQUENCE conversations.conversations_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE conversations.discreet TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE conversations.members TO causerie_app;
GRANT SELECT ON TABLE conversations.members TO causerie_reader;
GRANT SELECT ON TABLE conversations.members TO causerie_finder;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE conversations.withheld TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE files.files TO causerie_app;
GRANT SELECT ON TABLE files.files TO causerie_reader;

GRANT SELECT,USAGE ON SEQUENCE files.files_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE foundation.idempotency_keys TO causerie_app;

GRANT SELECT ON TABLE foundation.migrations TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.dead TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.waiting TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE jobs.waiting_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.blocks TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE limits.blocks_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.guesses TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.known_places TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.revision TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.rules TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.edits TO causerie_app;
GRANT SELECT ON TABLE messages.edits TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.emoji_totals TO causerie_app;
GRANT SELECT ON TABLE messages.emoji_totals TO causerie_reader;

GRANT SELECT,USAGE ON SEQUENCE messages.ids TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.indexed TO causerie_app;
GRANT SELECT ON TABLE messages.indexed TO causerie_finder;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.locator TO causerie_app;
GRANT SELECT ON TABLE messages.locator TO causerie_reader;
GRANT SELECT ON TABLE messages.locator TO causerie_finder;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.outgoing TO causerie_app;
GRANT SELECT ON TABLE messages.outgoing TO causerie_reader;

GRANT SELECT,USAGE ON SEQUENCE messages.outgoing_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.reaction_changes TO causerie_app;
GRANT SELECT ON TABLE messages.reaction_changes TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.reactions TO causerie_app;
GRANT SELECT ON TABLE messages.reactions TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.replies TO causerie_app;
GRANT SELECT ON TABLE messages.replies TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.search TO causerie_app;
GRANT SELECT ON TABLE messages.search TO causerie_finder;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.search_0 TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.search_1 TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.search_2 TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.search_3 TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.thread_members TO causerie_app;
GRANT SELECT ON TABLE messages.thread_members TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.threads TO causerie_app;
GRANT SELECT ON TABLE messages.threads TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE messages.writers TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.breaches TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.decay TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE moderation.decisions TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.ladder TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.learnt TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.lessons TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE moderation.lessons_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.reports TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE moderation.reports_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.reputations TO causerie_app;
GRANT SELECT ON TABLE moderation.reputations TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.room_filters TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.sanctions TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE moderation.sanctions_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.subjects TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE moderation.verdicts TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE moderation.verdicts_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.cursors TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.keys TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.levels TO causerie_app;
GRANT SELECT ON TABLE notifications.levels TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.notices TO causerie_app;
GRANT SELECT ON TABLE notifications.notices TO causerie_reader;

GRANT SELECT,USAGE ON SEQUENCE notifications.notices_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.preferences TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.subscriptions TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE notifications.subscriptions_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE phoenix.delivered TO causerie_app;
GRANT SELECT ON TABLE phoenix.delivered TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE phoenix.told TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE presence.people TO causerie_app;
GRANT SELECT ON TABLE presence.people TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_by_table_daily TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_by_user TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_critical TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_logs TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.security_events TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE receipts.drafts TO causerie_app;
GRANT SELECT ON TABLE receipts.drafts TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE receipts.preferences TO causerie_app;
GRANT SELECT ON TABLE receipts.preferences TO causerie_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE webhooks.cursors TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE webhooks.deliveries TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE webhooks.deliveries_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE webhooks.endpoints TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE webhooks.endpoints_id_seq TO causerie_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE webhooks.incoming TO causerie_app;

GRANT SELECT,USAGE ON SEQUENCE webhooks.incoming_id_seq TO causerie_app;

ALTER DEFAULT PRIVILEGES FOR ROLE causerie_owner GRANT SELECT,USAGE ON SEQUENCES TO causerie_app;

ALTER DEFAULT PRIVILEGES FOR ROLE causerie_owner GRANT USAGE ON SCHEMAS TO causerie_app;

ALTER DEFAULT PRIVILEGES FOR ROLE causerie_owner GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES TO causerie_app;
