-- Whether any account still has a bcrypt hash is asked each minute, and costs one look into this.
CREATE INDEX users_with_old_hashes ON accounts.users (id) WHERE password_hash LIKE '$2%';
