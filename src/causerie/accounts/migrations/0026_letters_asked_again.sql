ALTER TABLE accounts.mails
    -- Asked for once more since it was taken: what was looked up by then may be older than that.
    ADD COLUMN again boolean NOT NULL DEFAULT false,
    -- What a link is made of, together with the master key: the same at each try to send a letter.
    ADD COLUMN nonce uuid NOT NULL DEFAULT gen_random_uuid();
