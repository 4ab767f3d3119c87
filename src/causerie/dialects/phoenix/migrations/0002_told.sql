-- Up to which notification a user was given on a channel what waited.
CREATE TABLE phoenix.told (
    user_id   bigint PRIMARY KEY,
    notice_id bigint NOT NULL
);

SELECT foundation.protect('phoenix.told');
