-- Who did what to what, and what looked like an attack. Rows are only ever added, and each holds a
-- hash over its content and the hash of the row before it: whoever changes one leaves a seam.
CREATE SCHEMA IF NOT EXISTS audit;

CREATE TYPE audit.severity AS ENUM ('info', 'warning', 'critical');

CREATE TABLE audit.audit_logs (
    -- 1, 2, 3 ... without holes, in the order of the commits.
    id         bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    -- Who, where it was somebody with an account. actor says it in any case: "user:12", or
    -- "database:causerie_owner" for what came by psql.
    user_id    bigint,
    actor      text NOT NULL,
    action     text NOT NULL,
    -- Where a trigger saw the change.
    table_name text,
    target     text,
    address    text,
    severity   audit.severity NOT NULL,
    before     jsonb,
    after      jsonb,
    previous   bytea NOT NULL,
    hash       bytea NOT NULL
);

CREATE INDEX audit_logs_by_user ON audit.audit_logs (user_id, id);
CREATE INDEX audit_logs_by_time ON audit.audit_logs (created_at);

CREATE TABLE audit.security_events (
    id         bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    kind       text NOT NULL,
    severity   audit.severity NOT NULL,
    user_id    bigint,
    address    text,
    details    jsonb NOT NULL,
    previous   bytea NOT NULL,
    hash       bytea NOT NULL
);

CREATE INDEX security_events_by_user ON audit.security_events (user_id, id);
CREATE INDEX security_events_by_time ON audit.security_events (created_at);

-- What a node has signed: the hashes of the rows from first_id to last_id (32 bytes each), under a
-- key that is not in this database. A tail that is cut off, or a chain computed anew, does not fit.
CREATE TABLE audit.checkpoints (
    chain     text NOT NULL CHECK (chain IN ('audit_logs', 'security_events')),
    first_id  bigint NOT NULL,
    last_id   bigint NOT NULL,
    hashes    bytea NOT NULL,
    made_at   timestamptz NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (chain, last_id),
    UNIQUE (chain, first_id),
    CHECK (first_id > 0 AND octet_length(hashes) = 32 * (last_id - first_id + 1))
);

-- Which rows an operator has moved into a file, signed as well: only those may be missing.
CREATE TABLE audit.archives (
    chain     text NOT NULL CHECK (chain IN ('audit_logs', 'security_events')),
    last_id   bigint NOT NULL,
    hash      bytea NOT NULL,
    made_at   timestamptz NOT NULL,
    -- SHA-256 of the file.
    file_hash bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (chain, last_id)
);

-- What a transaction has recorded so far; it moves on at the transaction's commit.
CREATE TABLE audit.pending (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_id    bigint,
    actor      text NOT NULL,
    action     text NOT NULL,
    table_name text,
    target     text,
    address    text,
    severity   audit.severity NOT NULL,
    before     jsonb,
    after      jsonb
);

-- The hash of a row: over its predecessor's, and its columns as text, each with its length in bytes
-- so that no two rows have one content. causerie/audit/model/chain.py computes the same.
CREATE FUNCTION audit.digest(previous bytea, VARIADIC parts text[]) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(previous || convert_to(string_agg(
        coalesce(octet_length(p.part)::text || ':' || p.part, '-'), '' ORDER BY p.nth), 'UTF8'))
    FROM unnest(parts) WITH ORDINALITY AS p (part, nth)
$$;

-- Both as text, alike on every server: UTC, microseconds.
CREATE FUNCTION audit.moment(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The end of the audit log's chain; after all was archived, what the archive ended with.
CREATE FUNCTION audit.head_of_logs(OUT id bigint, OUT hash bytea) LANGUAGE plpgsql AS $$
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

CREATE FUNCTION audit.head_of_events(OUT id bigint, OUT hash bytea) LANGUAGE plpgsql AS $$
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

-- Whoever inserts, and whatever they say about id and hashes: the row becomes the chain's next. The
-- lock goes with the commit. A session that waited reads the head by a snapshot of its own.
CREATE FUNCTION audit.chain_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('causerie.audit_logs', 0));
    SELECT h.id + 1, h.hash INTO NEW.id, NEW.previous FROM audit.head_of_logs() h;
    NEW.hash := audit.digest(
        NEW.previous, NEW.id::text, audit.moment(NEW.created_at), NEW.user_id::text, NEW.actor,
        NEW.action, NEW.table_name, NEW.target, NEW.address, NEW.severity::text,
        NEW.before::text, NEW.after::text);
    RETURN NEW;
END $$;

CREATE FUNCTION audit.chain_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('causerie.security_events', 0));
    SELECT h.id + 1, h.hash INTO NEW.id, NEW.previous FROM audit.head_of_events() h;
    NEW.hash := audit.digest(
        NEW.previous, NEW.id::text, audit.moment(NEW.created_at), NEW.kind, NEW.severity::text,
        NEW.user_id::text, NEW.address, NEW.details::text);
    RETURN NEW;
END $$;

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege USING
        MESSAGE = format('%s.%s is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME);
END $$;

-- A row may go once an archive says that it lies in a file. Whether the archive is the operator's
-- shows by its signature.
CREATE FUNCTION audit.refuse_removal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM audit.archives r WHERE r.chain = TG_TABLE_NAME AND r.last_id >= OLD.id
    ) THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('%s.%s is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME);
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER chained BEFORE INSERT ON audit.audit_logs
    FOR EACH ROW EXECUTE FUNCTION audit.chain_log();
CREATE TRIGGER chained BEFORE INSERT ON audit.security_events
    FOR EACH ROW EXECUTE FUNCTION audit.chain_event();

CREATE TRIGGER unchanged BEFORE UPDATE OR TRUNCATE ON audit.audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER unchanged BEFORE UPDATE OR TRUNCATE ON audit.security_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.archives
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON audit.audit_logs
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_removal();
CREATE TRIGGER kept BEFORE DELETE ON audit.security_events
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_removal();

-- The chain's lock is taken at the commit only, after all locks that the transaction needs: it can
-- wait for nobody while it holds it, and holds it for the length of a commit.
CREATE FUNCTION audit.append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

CREATE CONSTRAINT TRIGGER appended AFTER INSERT ON audit.pending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.append();

-- The one way for the app role to write into the log. Who acts and from where, unless it is given,
-- is what the transaction said by set_config('causerie.actor', ...) and 'causerie.address'.
CREATE FUNCTION audit.record(
    p_action text, p_target text, p_severity audit.severity, p_before jsonb, p_after jsonb,
    p_user bigint DEFAULT NULL, p_address text DEFAULT NULL, p_table text DEFAULT NULL
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

CREATE FUNCTION audit.raise_events(
    p_at timestamptz[], p_kinds text[], p_severities text[], p_users bigint[], p_addresses text[],
    p_details text[]
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.security_events
        (id, created_at, kind, severity, user_id, address, details, previous, hash)
    SELECT 0, e.at, e.kind, e.severity::audit.severity, e.user_id, e.address, e.details::jsonb,
        '', ''
    FROM unnest(p_at, p_kinds, p_severities, p_users, p_addresses, p_details) WITH ORDINALITY
        AS e (at, kind, severity, user_id, address, details, ord)
    ORDER BY e.ord
$$;

-- Records a change of a watched table. Arguments: the key's column, the severity, the columns to
-- show and the secret ones, of which only the change is told.
CREATE FUNCTION audit.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM audit.record(
        format('%s.%s.truncate', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_TABLE_NAME, 'critical',
        NULL, NULL, p_table => format('%s.%s', TG_TABLE_SCHEMA, TG_TABLE_NAME));
    RETURN NULL;
END $$;

-- Has every change of a table recorded, whoever makes it; for the migrations of the table's owner.
-- An update of other columns than the named ones costs nothing.
--     SELECT audit.watch('accounts.users', 'id', 'warning', '{role}', secret => '{password_hash}');
CREATE FUNCTION audit.watch(
    watched regclass, key text, severity audit.severity, columns text[],
    secret text[] DEFAULT '{}'
) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;

CREATE VIEW audit.audit_by_user AS
    SELECT a.user_id, a.actor, a.action, count(*) AS entries, min(a.created_at) AS first_at,
        max(a.created_at) AS last_at
    FROM audit.audit_logs a
    GROUP BY a.user_id, a.actor, a.action;

CREATE VIEW audit.audit_by_table_daily AS
    SELECT (a.created_at AT TIME ZONE 'UTC')::date AS day, a.table_name, a.action,
        count(*) AS entries
    FROM audit.audit_logs a
    WHERE a.table_name IS NOT NULL
    GROUP BY 1, 2, 3;

CREATE VIEW audit.audit_critical AS
    SELECT 'audit_logs' AS source, a.id, a.created_at, a.user_id, a.action, a.target, a.address
    FROM audit.audit_logs a
    WHERE a.severity = 'critical'
    UNION ALL
    SELECT 'security_events', e.id, e.created_at, e.user_id, e.kind, NULL, e.address
    FROM audit.security_events e
    WHERE e.severity = 'critical';

-- Who runs the server finds them by their plain names, without knowing our schemas. Where the owner
-- may not create in "public" (an external database that is somebody else's), set search_path.
DO $$
DECLARE
    v_name text;
BEGIN
    IF to_regnamespace('public') IS NULL OR NOT has_schema_privilege('public', 'CREATE') THEN
        RAISE NOTICE 'no views in "public": not allowed there';
        RETURN;
    END IF;
    FOREACH v_name IN ARRAY ARRAY[
        'audit_logs', 'security_events', 'audit_by_user', 'audit_by_table_daily', 'audit_critical'
    ] LOOP
        EXECUTE format(
            'CREATE VIEW public.%1$I WITH (security_invoker = true) AS SELECT * FROM audit.%1$I',
            v_name);
    END LOOP;
END $$;

-- What the app role gets by default is too much here: it writes through the functions, reads, and
-- adds what it has signed. No privilege of its own stands in the way of a table's owner; the
-- triggers do.
DO $$
BEGIN
    IF current_user <> 'causerie_app'
        AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'causerie_app')
    THEN
        REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA audit FROM causerie_app;
        REVOKE ALL ON audit.pending FROM causerie_app;
        GRANT INSERT ON audit.checkpoints TO causerie_app;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION audit.watch FROM PUBLIC;
