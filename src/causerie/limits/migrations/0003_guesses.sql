-- Guesses at accounts (passwords, codes), and where their owners are known from.

-- When guesses were evaluated, those of the last minutes only. The account is a digest of its name,
-- which may be nobody's: so names that exist look no other than names that do not.
CREATE TABLE limits.guesses (
    account   bytea NOT NULL,
    is_known  boolean NOT NULL, -- made from a place that the owner is known from
    times     timestamptz[] NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (account, is_known)
) WITH (fillfactor = 70);

CREATE INDEX guesses_by_age ON limits.guesses (last_at);

-- Networks, as digests, from which somebody got into the account.
CREATE TABLE limits.known_places (
    account bytea NOT NULL,
    place   bytea NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (account, place)
);

CREATE INDEX known_places_by_age ON limits.known_places (seen_at);
