-- The statements of causerie.accounts.

-- name: is_founded
SELECT EXISTS (SELECT FROM accounts.founding);

-- name: add_user
-- Racing first accounts wait here for one another: the one row of "founding" can be made once.
WITH founder AS (
    INSERT INTO accounts.founding DEFAULT VALUES ON CONFLICT DO NOTHING RETURNING true
)
INSERT INTO accounts.users (username, display_name, password_hash, role, created_at)
SELECT $1, $2, $3, CASE WHEN EXISTS (SELECT FROM founder) THEN 'admin' ELSE $4 END, $5
WHERE EXISTS (SELECT FROM founder) OR NOT $6::boolean
RETURNING id, username, display_name, role, created_at, profile;

-- name: spend_invitation
-- Of many at once each waits here for the one before; who finds no use left gets no row.
UPDATE accounts.invitations SET uses = uses + 1
WHERE code_hash = $1 AND uses < max_uses AND revoked_at IS NULL AND expires_at > $2
RETURNING id;

-- name: is_invitation_good
SELECT EXISTS (
    SELECT FROM accounts.invitations
    WHERE code_hash = $1 AND uses < max_uses AND revoked_at IS NULL AND expires_at > $2
);

-- name: add_invitation
INSERT INTO accounts.invitations (code_hash, note, max_uses, created_by, created_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6
WHERE (
    SELECT count(*) FROM accounts.invitations
    WHERE created_by = $4 AND revoked_at IS NULL AND expires_at > $5
) < $7
RETURNING id, note, uses, max_uses, created_by, created_at, expires_at;

-- name: live_invitations
SELECT id, note, uses, max_uses, created_by, created_at, expires_at FROM accounts.invitations
WHERE ($1::bigint IS NULL OR created_by = $1) AND revoked_at IS NULL AND expires_at > $2
ORDER BY id DESC;

-- name: revoke_invitation
UPDATE accounts.invitations SET revoked_at = $3
WHERE id = $1 AND ($2::bigint IS NULL OR created_by = $2)
    AND revoked_at IS NULL AND expires_at > $3
RETURNING true;

-- name: remove_old_invitations
DELETE FROM accounts.invitations WHERE expires_at < $1 RETURNING id;

-- name: found
INSERT INTO accounts.founding DEFAULT VALUES ON CONFLICT DO NOTHING;

-- name: add_users
-- In the order of the names, so that two imports of one file cannot deadlock.
INSERT INTO accounts.users (username, display_name, password_hash, role, created_at)
SELECT n.username, n.display_name, n.password_hash, n.role, $5
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS n (username, display_name, password_hash, role)
ORDER BY lower(n.username COLLATE "C")
ON CONFLICT DO NOTHING
RETURNING id, username;

-- name: find_by_usernames
SELECT id, username, display_name, role, created_at, profile
FROM accounts.users
WHERE lower(username COLLATE "C") = ANY ($1::text[]);

-- name: find_credentials
SELECT u.id, u.username, u.display_name, u.role, u.created_at, u.profile, u.password_hash,
    a.user_id IS NOT NULL AS has_second_factor
FROM accounts.users u
LEFT JOIN accounts.authenticators a ON a.user_id = u.id AND a.confirmed_at IS NOT NULL
WHERE lower(u.username COLLATE "C") = $1;

-- name: get_credentials
SELECT u.id, u.username, u.display_name, u.role, u.created_at, u.profile, u.password_hash,
    a.user_id IS NOT NULL AS has_second_factor
FROM accounts.users u
LEFT JOIN accounts.authenticators a ON a.user_id = u.id AND a.confirmed_at IS NOT NULL
WHERE u.id = $1;

-- name: get_users
SELECT id, username, display_name, role, created_at, profile
FROM accounts.users
WHERE id = ANY ($1::bigint[]);

-- name: replace_hash
UPDATE accounts.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2;

-- name: has_old_hashes
-- From the index of just these: password_hash LIKE '$2%' stands in its condition.
SELECT EXISTS (SELECT FROM accounts.users WHERE password_hash LIKE '$2%');

-- name: change_role
UPDATE accounts.users SET role = $2
WHERE lower(username COLLATE "C") = $1
RETURNING id, username, display_name, role, created_at, profile;

-- name: permissions_by_role
SELECT r.name AS role,
    coalesce(array_agg(p.permission) FILTER (WHERE p.permission IS NOT NULL), '{}') AS permissions
FROM accounts.roles r
LEFT JOIN accounts.role_permissions p ON p.role = r.name
GROUP BY r.name;

-- name: lock_role
SELECT true FROM accounts.roles WHERE name = $1 FOR UPDATE;

-- name: make_role
INSERT INTO accounts.roles (name) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: remove_role
DELETE FROM accounts.roles WHERE name = $1 RETURNING true;

-- name: lock_role_for_count
-- Registrations, which refer to their role's row, go on meanwhile.
SELECT FROM accounts.roles WHERE name = $1 FOR NO KEY UPDATE;

-- name: assign_role
UPDATE accounts.users SET role = $2
WHERE id = $1
    AND (role <> $3 OR $2 = $3 OR EXISTS (
        SELECT FROM accounts.users other WHERE other.role = $3 AND other.id <> $1
    ))
RETURNING id, username, display_name, role, created_at, profile;

-- name: take_permissions
-- Only what changes is touched: the audit log tells of each.
DELETE FROM accounts.role_permissions WHERE role = $1 AND permission <> ALL ($2::text[]);

-- name: add_permissions
INSERT INTO accounts.role_permissions (role, permission) SELECT $1, unnest($2::text[])
ON CONFLICT DO NOTHING;

-- name: open_sessions
INSERT INTO accounts.sessions (
    id, user_id, created_at, last_used_at, expires_at, ip, user_agent, device_name, authenticated_at
)
SELECT n.id, n.user_id, n.at, n.at, n.expires_at, n.ip, n.user_agent, n.device_name,
    n.authenticated_at
FROM unnest(
    $1::text[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
    $7::text[], $8::timestamptz[]
) AS n (id, user_id, at, expires_at, ip, user_agent, device_name, authenticated_at);

-- name: authenticated_at
SELECT authenticated_at FROM accounts.sessions
WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL;

-- name: note_authentication
INSERT INTO accounts.sessions AS s
    (id, user_id, created_at, last_used_at, expires_at, authenticated_at)
VALUES ($1, $2, $3, $3, $4, $3)
ON CONFLICT (id) DO UPDATE SET authenticated_at = $3
WHERE s.user_id = $2 AND s.revoked_at IS NULL;

-- name: add_refresh_tokens
INSERT INTO accounts.refresh_tokens (token_hash, session_id, expires_at)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::timestamptz[]);

-- name: spend_refresh_token
-- Whoever comes second waits for the first one's commit and then finds it spent.
UPDATE accounts.refresh_tokens SET spent_at = $2
WHERE token_hash = $1 AND spent_at IS NULL AND expires_at > $2
RETURNING session_id;

-- name: touch_session
UPDATE accounts.sessions s SET last_used_at = $2, expires_at = greatest(s.expires_at, $3)
FROM accounts.users u
LEFT JOIN accounts.restrictions r ON r.user_id = u.id
WHERE s.id = $1 AND s.revoked_at IS NULL AND s.created_at > $4 AND u.id = s.user_id
RETURNING u.id, u.username, u.display_name, u.role, u.created_at, u.profile, r.banned_until,
    s.created_at AS began_at;

-- name: end_overdue_sessions
-- Of logins alone: what the operator makes lives for as long as the operator said.
UPDATE accounts.sessions SET revoked_at = $1
WHERE id IN (
    SELECT id FROM accounts.sessions
    WHERE created_at <= $2 AND revoked_at IS NULL AND authenticated_at IS NOT NULL
    LIMIT $3
) AND revoked_at IS NULL
RETURNING id, user_id;

-- name: find_spent_token
SELECT s.id AS session_id, s.user_id
FROM accounts.refresh_tokens t
JOIN accounts.sessions s ON s.id = t.session_id
WHERE t.token_hash = $1 AND t.spent_at IS NOT NULL;

-- name: end_session
-- A session of a system that shares our secret is put into the table only when it ends.
INSERT INTO accounts.sessions AS s (id, user_id, created_at, last_used_at, expires_at, revoked_at)
VALUES ($1, $2, $3, $3, 'infinity', $3)
ON CONFLICT (id) DO UPDATE SET revoked_at = $3 WHERE s.revoked_at IS NULL AND s.user_id = $2
RETURNING true;

-- name: end_sessions_of_user
UPDATE accounts.sessions SET revoked_at = $2
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
RETURNING id;

-- name: end_other_sessions
UPDATE accounts.sessions SET revoked_at = $3
WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL AND expires_at > $3
RETURNING id;

-- name: end_own_session
UPDATE accounts.sessions SET revoked_at = $3
WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL AND expires_at > $3
RETURNING true;

-- name: live_sessions
SELECT id, device_name, user_agent, ip, created_at, last_used_at
FROM accounts.sessions
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
ORDER BY last_used_at DESC, id
LIMIT $3;

-- name: note_active
-- In the order of the ids, and not where a neighbour has just done so: two nodes cannot deadlock.
UPDATE accounts.sessions s SET last_used_at = $2
FROM (
    SELECT id FROM accounts.sessions
    WHERE id = ANY ($1::text[]) AND last_used_at < $3 AND revoked_at IS NULL
    ORDER BY id
    FOR UPDATE SKIP LOCKED
) heard
WHERE s.id = heard.id;

-- name: remove_other_tickets
DELETE FROM accounts.tickets WHERE user_id = $1 AND session_id <> $2;

-- name: set_password
UPDATE accounts.users SET password_hash = $2 WHERE id = $1;

-- name: count_mails
SELECT count(*) FROM (SELECT FROM accounts.mails LIMIT $1) waiting;

-- name: put_mails
-- Who asks twice before the first letter has gone gets one. While somebody works on it, that one may
-- have looked already: then once more.
INSERT INTO accounts.mails AS m (kind, about, due_at, expires_at)
SELECT $1, n.about, $3, $4 FROM unnest($2::text[]) AS n (about)
ORDER BY n.about -- two who put the same wait for each other in one direction only
ON CONFLICT (kind, about) DO UPDATE
SET again = true, expires_at = greatest(m.expires_at, EXCLUDED.expires_at);

-- name: take_mail
-- Its turn comes again when the lease is over. A turn hours ahead was set by a clock that has
-- jumped: no lease and no delay is that long. Not a join: there the inner one may be asked once a row,
-- and take as many.
UPDATE accounts.mails m SET due_at = $2, attempts = m.attempts + 1, again = false
WHERE m.id = (
    SELECT id FROM accounts.mails
    WHERE due_at <= $1 OR due_at > $1 + interval '1 hour'
    ORDER BY due_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING m.id, m.kind, m.about, m.expires_at, m.attempts, m.nonce;

-- name: postpone_mail
UPDATE accounts.mails SET due_at = $2 WHERE id = $1;

-- name: finish_mail
-- Locked first, so that one who asks again at this moment is either seen, or comes after and puts a
-- new one. The next letter has a token of its own, which counts.
WITH held AS (
    SELECT id, again FROM accounts.mails WHERE id = $1 FOR UPDATE
), done AS (
    DELETE FROM accounts.mails m USING held h WHERE m.id = h.id AND NOT h.again
)
UPDATE accounts.mails m SET due_at = $2, attempts = 0, nonce = gen_random_uuid()
FROM held h WHERE m.id = h.id AND h.again;

-- name: remove_reset_mails
-- Of the user whose live token this is: letters that are still to be sent would open what was shut.
DELETE FROM accounts.mails m USING accounts.reset_tokens t
WHERE t.token_hash = $1 AND t.expires_at > $2 AND m.kind = $3 AND m.about = t.user_id::text;

-- name: add_reset_token
-- A letter that is sent once more has the token that it had, and counts once. The lock: without it a
-- token that was spent this moment would be there again.
WITH letter AS (
    SELECT FROM accounts.mails WHERE id = $6 FOR SHARE
)
INSERT INTO accounts.reset_tokens (token_hash, user_id, expires_at)
SELECT $1, $2, $3 FROM letter
WHERE (
    SELECT count(*) FROM accounts.reset_tokens
    WHERE user_id = $2 AND expires_at > $4 AND token_hash <> $1
) < $5
ON CONFLICT (token_hash) DO UPDATE SET expires_at = EXCLUDED.expires_at
RETURNING true;

-- name: user_of_reset_token
SELECT u.id, u.username, u.display_name, u.role, u.created_at, u.profile
FROM accounts.reset_tokens t
JOIN accounts.users u ON u.id = t.user_id
WHERE t.token_hash = $1 AND t.expires_at > $2;

-- name: spend_reset_token
-- Of many at once, one deletes the row and the others find nothing.
DELETE FROM accounts.reset_tokens WHERE token_hash = $1 AND expires_at > $2 RETURNING user_id;

-- name: clear_reset_tokens
DELETE FROM accounts.reset_tokens WHERE user_id = $1;

-- name: remove_expired_reset_tokens
DELETE FROM accounts.reset_tokens
WHERE token_hash IN (SELECT token_hash FROM accounts.reset_tokens WHERE expires_at <= $1 LIMIT $2)
RETURNING true;

-- name: add_api_key
INSERT INTO accounts.api_keys
    (user_id, name, hint, key_hash, scopes, created_by, created_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (
    SELECT count(*) FROM accounts.api_keys
    WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $7)
) < $9
RETURNING id, user_id, name, hint, scopes, created_at, expires_at, last_used_at;

-- name: live_api_keys
SELECT id, user_id, name, hint, scopes, created_at, expires_at, last_used_at
FROM accounts.api_keys
WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
ORDER BY id DESC;

-- name: owner_of_api_key
SELECT user_id FROM accounts.api_keys WHERE id = $1 AND revoked_at IS NULL;

-- name: revoke_api_key
UPDATE accounts.api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING true;

-- name: revoke_api_keys_of_user
-- A key stands where else a session stands, by this name.
UPDATE accounts.api_keys SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL
RETURNING 'key:' || id AS id;

-- name: standing_of_api_key
SELECT k.id, k.user_id, u.username, u.role, k.scopes, k.expires_at, k.last_used_at, b.banned_until
FROM accounts.api_keys k
JOIN accounts.users u ON u.id = k.user_id
LEFT JOIN accounts.restrictions b ON b.user_id = u.id
WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2);

-- name: touch_api_key
UPDATE accounts.api_keys SET last_used_at = $2 WHERE id = $1;

-- name: is_bot
SELECT is_bot FROM accounts.users WHERE id = $1;

-- name: add_bot
INSERT INTO accounts.users (username, display_name, role, created_at, is_bot)
VALUES ($1, $2, $3, $4, true)
RETURNING id, username, display_name, role, created_at, profile;

-- name: raise_epoch
UPDATE accounts.users SET tokens_valid_from = greatest(tokens_valid_from, $2) WHERE id = $1;

-- name: remove_tickets_of_user
DELETE FROM accounts.tickets WHERE user_id = $1;

-- name: revoke_token
-- A single-use token is spent by revoking it: whoever inserts the row is the one who may use it.
INSERT INTO accounts.revoked_tokens (token_id, expires_at) VALUES ($1, $2)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: revoke_known_token
-- As above, and told to every process: its sockets must close. One that was spent may have one, too.
WITH told AS (
    INSERT INTO accounts.revocations (kind, name) VALUES ('token', $1)
)
INSERT INTO accounts.revoked_tokens (token_id, expires_at) VALUES ($1, $2)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: revocation_horizon
-- What is not older than this was not committed, or not begun, at this moment.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text;

-- name: revocations_since
SELECT id, kind, user_id, name FROM accounts.revocations WHERE xact >= $1::text::xid8
ORDER BY id
LIMIT $2;

-- name: remove_old_revocations
-- An hour later: every process has seen it by then.
DELETE FROM accounts.revocations WHERE at < now() - interval '1 hour' RETURNING true;

-- name: standings
-- Of many tokens, those whose users exist; nth counts them from 1.
SELECT q.nth, u.id, u.username, u.role, u.tokens_valid_from,
    s.id IS NOT NULL AS is_session_known,
    s.id IS NOT NULL AND (s.revoked_at IS NOT NULL OR s.user_id <> u.id) AS is_session_over,
    EXISTS (SELECT FROM accounts.revoked_tokens r WHERE r.token_id = q.token_id) AS is_token_revoked,
    b.banned_until
FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY
    AS q (user_id, session_id, token_id, nth)
JOIN accounts.users u ON u.id = q.user_id
LEFT JOIN accounts.sessions s ON s.id = q.session_id
LEFT JOIN accounts.restrictions b ON b.user_id = u.id;

-- name: propose_authenticator
INSERT INTO accounts.authenticators AS a (user_id, sealed, created_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET sealed = $2, created_at = $3 WHERE a.confirmed_at IS NULL
RETURNING true;

-- name: find_authenticator
SELECT sealed, created_at, confirmed_at FROM accounts.authenticators WHERE user_id = $1;

-- name: confirm_authenticator
-- Only the one that the code was compared with: another may have been proposed meanwhile.
UPDATE accounts.authenticators SET confirmed_at = $3
WHERE user_id = $1 AND created_at = $2 AND confirmed_at IS NULL
RETURNING true;

-- name: lock_authenticator
SELECT true FROM accounts.authenticators
WHERE user_id = $1 AND confirmed_at IS NOT NULL
FOR UPDATE;

-- name: remove_authenticator
DELETE FROM accounts.authenticators WHERE user_id = $1 RETURNING confirmed_at IS NOT NULL;

-- name: spend_step
-- Of many at once, one inserts the row and the others find it there.
INSERT INTO accounts.spent_steps (user_id, step) VALUES ($1, $2)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: forget_steps
DELETE FROM accounts.spent_steps
WHERE (user_id, step) IN (SELECT user_id, step FROM accounts.spent_steps WHERE step < $1 LIMIT $2)
RETURNING true;

-- name: add_backup_codes
INSERT INTO accounts.backup_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[]);

-- name: spend_backup_code
DELETE FROM accounts.backup_codes WHERE user_id = $1 AND code_hash = $2 RETURNING true;

-- name: count_backup_codes
SELECT count(*) FROM accounts.backup_codes WHERE user_id = $1;

-- name: clear_backup_codes
DELETE FROM accounts.backup_codes WHERE user_id = $1;

-- name: add_ticket
INSERT INTO accounts.tickets (ticket_hash, user_id, session_id, expires_at)
VALUES ($1, $2, $3, $4);

-- name: take_ticket
-- Of many at once, one deletes the row and the others find nothing.
WITH taken AS (
    DELETE FROM accounts.tickets WHERE ticket_hash = $1 AND expires_at > $2
    RETURNING user_id, session_id
)
SELECT u.id, u.username, u.role, u.tokens_valid_from, t.session_id,
    s.id IS NOT NULL AS is_session_known,
    s.id IS NOT NULL AND (s.revoked_at IS NOT NULL OR s.user_id <> u.id) AS is_session_over,
    false AS is_token_revoked,
    b.banned_until
FROM taken t
JOIN accounts.users u ON u.id = t.user_id
LEFT JOIN accounts.sessions s ON s.id = t.session_id
LEFT JOIN accounts.restrictions b ON b.user_id = u.id;

-- name: remove_expired_sessions
-- A bound on each: what is left over goes a minute later.
DELETE FROM accounts.sessions
WHERE id IN (SELECT id FROM accounts.sessions WHERE expires_at <= $1 LIMIT $2)
RETURNING true;

-- name: remove_expired_refresh_tokens
DELETE FROM accounts.refresh_tokens
WHERE token_hash IN (
    SELECT token_hash FROM accounts.refresh_tokens WHERE expires_at <= $1 LIMIT $2
)
RETURNING true;

-- name: remove_expired_tickets
DELETE FROM accounts.tickets
WHERE ticket_hash IN (SELECT ticket_hash FROM accounts.tickets WHERE expires_at <= $1 LIMIT $2)
RETURNING true;

-- name: remove_expired_revocations
DELETE FROM accounts.revoked_tokens
WHERE token_id IN (SELECT token_id FROM accounts.revoked_tokens WHERE expires_at <= $1 LIMIT $2)
RETURNING true;

-- name: lock_signing_keys
-- Nodes that start or rotate at once make one key between them; readers are not in the way.
SELECT pg_advisory_xact_lock(hashtext('causerie.signing_keys'));

-- name: signing_keys
-- $1: seconds to publish a key beyond the last token that it has signed.
SELECT key_id, algorithm, sealed, created_at, signs_from, retired_at AS signs_until,
    CASE WHEN retired_at IS NOT NULL THEN
        greatest(retired_at + make_interval(secs => longest_seconds), tokens_until)
        + make_interval(secs => $1)
    END AS published_until
FROM accounts.signing_keys
ORDER BY signs_from DESC, key_id;

-- name: add_signing_key
INSERT INTO accounts.signing_keys
    (key_id, algorithm, sealed, created_at, signs_from, longest_seconds)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: retire_signing_keys
-- All but the new one, from the moment on which that signs; those of another algorithm once they
-- are as old as $4: a node that still signs with them may not have been restarted yet.
UPDATE accounts.signing_keys SET retired_at = $2
WHERE key_id <> $1 AND (retired_at IS NULL OR retired_at > $2)
    AND (algorithm = $3 OR signs_from <= $4);

-- name: withdraw_signing_keys
-- With the row goes the key: nothing that it has signed is taken any more.
WITH told AS (
    INSERT INTO accounts.revocations (kind) VALUES ('keys')
)
DELETE FROM accounts.signing_keys WHERE key_id <> $1;

-- name: expect_lives
UPDATE accounts.signing_keys SET longest_seconds = $1
WHERE longest_seconds < $1 AND (retired_at IS NULL OR retired_at > $2);

-- name: expect_token
UPDATE accounts.signing_keys SET tokens_until = greatest(tokens_until, $1)
WHERE retired_at IS NULL OR retired_at > $2;

-- name: remove_signing_keys
DELETE FROM accounts.signing_keys WHERE key_id = ANY ($1::text[]);

-- name: restrictions_in_force
SELECT user_id, muted_until, banned_until, notice, version
FROM accounts.restrictions
WHERE muted_until > now() OR banned_until > now()
ORDER BY version DESC
LIMIT $1;

-- name: newest_restriction
SELECT coalesce(max(version), 0) FROM accounts.restrictions;

-- name: restrictions_since
SELECT user_id, muted_until, banned_until, notice, version
FROM accounts.restrictions
WHERE version > $1
ORDER BY version
LIMIT $2;

-- name: remove_ended_restrictions
-- An hour later: every process has seen the change by then.
DELETE FROM accounts.restrictions
WHERE coalesce(muted_until <= now(), true) AND coalesce(banned_until <= now(), true)
    AND changed_at < now() - interval '1 hour'
RETURNING true;

-- name: lock_data_keys
SELECT pg_advisory_xact_lock(hashtext('causerie.data_keys'));

-- name: data_keys
SELECT key_id, purpose, sealed FROM accounts.data_keys ORDER BY created_at DESC, key_id;

-- name: add_data_key
INSERT INTO accounts.data_keys (key_id, purpose, sealed) VALUES ($1, $2, $3);

-- name: seal_emails
UPDATE accounts.users u SET email = NULL, email_sealed = n.sealed, email_index = n.index
FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS n (id, sealed, index)
WHERE u.id = n.id;

-- name: clear_email
UPDATE accounts.users SET email = NULL, email_sealed = NULL, email_index = NULL WHERE id = $1;

-- name: email_of
SELECT email, email_sealed FROM accounts.users WHERE id = $1;

-- name: find_by_email
-- By the blind index; by the text only those that are not encrypted yet.
SELECT id, username, display_name, role, created_at, profile FROM accounts.users WHERE email_index = $1
UNION ALL
SELECT id, username, display_name, role, created_at, profile FROM accounts.users
WHERE email IS NOT NULL AND lower(email) = lower($2)
ORDER BY id;

-- name: emails_to_encrypt
-- $3: what the values under the key of now begin with.
SELECT id, email, email_sealed FROM accounts.users
WHERE id > $1 AND (email IS NOT NULL OR substring(email_sealed FROM 1 FOR length($3::bytea)) <> $3)
ORDER BY id
LIMIT $2
FOR UPDATE;

-- name: find_identity
SELECT u.id, u.username, u.display_name, u.role, u.created_at, u.profile
FROM accounts.outside_identities i
JOIN accounts.users u ON u.id = i.user_id
WHERE i.issuer = $1 AND i.subject = $2;

-- name: lock_identity
-- One of many requests at once makes the account; the others wait for it.
SELECT pg_advisory_xact_lock(hashtextextended($1 || chr(1) || $2, 0));

-- name: add_identity
INSERT INTO accounts.outside_identities (issuer, subject, user_id, created_at)
VALUES ($1, $2, $3, $4);

-- name: trust_revision
SELECT revision FROM accounts.trust_revision;

-- name: trust_levels
SELECT id, trust FROM accounts.users WHERE trust <> 'normal' ORDER BY id DESC LIMIT $1;

-- name: link_identity
INSERT INTO accounts.outside_identities (issuer, subject, user_id, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING id, issuer, subject, created_at;

-- name: identities_of
SELECT id, issuer, subject, created_at FROM accounts.outside_identities
WHERE user_id = $1 ORDER BY id;

-- name: remove_identity
DELETE FROM accounts.outside_identities WHERE user_id = $1 AND id = $2 RETURNING true;

-- name: has_way_in
SELECT EXISTS (SELECT FROM accounts.users WHERE id = $1 AND password_hash IS NOT NULL)
    OR EXISTS (SELECT FROM accounts.passkeys WHERE user_id = $1)
    OR EXISTS (SELECT FROM accounts.outside_identities WHERE user_id = $1);

-- name: add_passkey_challenge
INSERT INTO accounts.passkey_challenges (challenge, user_id, expires_at) VALUES ($1, $2, $3);

-- name: take_passkey_challenge
DELETE FROM accounts.passkey_challenges
WHERE challenge = $1 AND user_id IS NOT DISTINCT FROM $2 AND expires_at > $3
RETURNING true;

-- name: forget_passkey_challenges
DELETE FROM accounts.passkey_challenges
WHERE challenge IN (
    SELECT challenge FROM accounts.passkey_challenges WHERE expires_at <= $1 LIMIT $2
)
RETURNING true;

-- name: hold_user
-- In a statement of its own: of two at once, the next statement of the later one sees the earlier.
SELECT FROM accounts.users WHERE id = $1 FOR NO KEY UPDATE;

-- name: add_passkey
INSERT INTO accounts.passkeys
    (user_id, credential_id, public_key, sign_count, name, transports, is_backed_up, created_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (SELECT count(*) FROM accounts.passkeys p WHERE p.user_id = $1) < $9
ON CONFLICT (credential_id) DO NOTHING
RETURNING *;

-- name: passkeys_of
SELECT * FROM accounts.passkeys WHERE user_id = $1 ORDER BY id;

-- name: find_passkey
SELECT * FROM accounts.passkeys WHERE credential_id = $1;

-- name: note_passkey_use
UPDATE accounts.passkeys SET sign_count = $3, last_used_at = $4
WHERE id = $1 AND sign_count = $2
RETURNING true;

-- name: remove_passkey
DELETE FROM accounts.passkeys WHERE user_id = $1 AND id = $2 RETURNING true;

-- name: lock_profile
SELECT display_name, profile FROM accounts.users WHERE id = $1 FOR NO KEY UPDATE;

-- name: set_profile
UPDATE accounts.users SET display_name = $2, profile = $3::text::jsonb WHERE id = $1
RETURNING id, username, display_name, role, created_at, profile;

-- name: end_statuses
UPDATE accounts.users u
SET profile = nullif(u.profile - 'status_text' - 'status_until', '{}')
WHERE u.id IN (
    SELECT e.id FROM accounts.users e
    WHERE e.profile ? 'status_until' AND (e.profile ->> 'status_until') COLLATE "C" <= $1
    ORDER BY (e.profile ->> 'status_until') COLLATE "C" LIMIT $2
    FOR NO KEY UPDATE SKIP LOCKED)
RETURNING u.id;
