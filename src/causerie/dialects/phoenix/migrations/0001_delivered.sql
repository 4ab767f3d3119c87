-- How far each user was given what waited in a direct chat, over Phoenix: once, whatever is read.
CREATE SCHEMA IF NOT EXISTS phoenix;

CREATE TABLE phoenix.delivered (
    user_id         bigint NOT NULL,
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL CHECK (seq > 0),
    PRIMARY KEY (user_id, conversation_id)
);

SELECT foundation.protect('phoenix.delivered', 'user_id = foundation.actor()');
