-- What stands for an account from outside, by a number with which its user can name it.
ALTER TABLE accounts.outside_identities
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
