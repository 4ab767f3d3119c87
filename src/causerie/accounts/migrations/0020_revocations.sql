-- What every process must forget, and whose sockets it must close, whichever process it was that
-- decided so. Looked at twice a second; what is told over Redis only comes sooner.
CREATE TABLE accounts.revocations (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- By ids alone a row whose transaction was slow to commit would be missed: readers ask for what
    -- is not older than the oldest transaction that was under way when they last looked.
    xact    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at      timestamptz NOT NULL DEFAULT now(),
    kind    text NOT NULL CHECK (kind IN ('session', 'token', 'user', 'role', 'permissions', 'keys')),
    user_id bigint,
    -- The session, the token's jti, or the role that the user has now.
    name    text
);

CREATE INDEX revocations_by_xact ON accounts.revocations (xact);

CREATE FUNCTION accounts.note_session_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts.revocations (kind, user_id, name) VALUES ('session', NEW.user_id, NEW.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER revocation_noted AFTER UPDATE OF revoked_at ON accounts.sessions
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION accounts.note_session_over();
CREATE TRIGGER revocation_noted_at_once AFTER INSERT ON accounts.sessions
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION accounts.note_session_over();

CREATE FUNCTION accounts.note_key_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A key stands where else a session stands, by this name.
    INSERT INTO accounts.revocations (kind, user_id, name)
    VALUES ('session', NEW.user_id, 'key:' || NEW.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER revocation_noted AFTER UPDATE OF revoked_at ON accounts.api_keys
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION accounts.note_key_over();

CREATE FUNCTION accounts.note_user_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role <> NEW.role THEN
        INSERT INTO accounts.revocations (kind, user_id, name) VALUES ('role', NEW.id, NEW.role);
    ELSE
        INSERT INTO accounts.revocations (kind, user_id) VALUES ('user', NEW.id);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER revocation_noted AFTER UPDATE OF tokens_valid_from, role, username ON accounts.users
    FOR EACH ROW WHEN (
        OLD.tokens_valid_from <> NEW.tokens_valid_from
        OR OLD.role <> NEW.role
        OR OLD.username <> NEW.username
    )
    EXECUTE FUNCTION accounts.note_user_changed();

CREATE FUNCTION accounts.note_permissions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts.revocations (kind) VALUES ('permissions');
    RETURN NULL;
END
$$;

CREATE TRIGGER revocation_noted AFTER INSERT OR UPDATE OR DELETE ON accounts.role_permissions
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.note_permissions();

SELECT foundation.protect('accounts.revocations');
