-- What lets people in where registration is by invitation.

CREATE TABLE accounts.invitations (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code_hash  bytea NOT NULL UNIQUE,
    note       text NOT NULL CHECK (char_length(note) <= 100),
    max_uses   integer NOT NULL CHECK (max_uses BETWEEN 1 AND 1000),
    uses       integer NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND max_uses),
    -- Nobody: the operator, on the command line.
    created_by bigint REFERENCES accounts.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX invitations_by_maker ON accounts.invitations (created_by);

INSERT INTO accounts.role_permissions (role, permission)
SELECT r.name, 'users.invite' FROM accounts.roles r WHERE r.name = 'admin'
ON CONFLICT DO NOTHING;

SELECT audit.watch(
    'accounts.invitations', 'id', 'warning', '{created_by,max_uses,uses,expires_at,revoked_at}',
    secret => '{code_hash}');

SELECT foundation.protect('accounts.invitations');
