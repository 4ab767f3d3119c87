-- Search over what was said: an index of words that follows behind the messages, and the function that
-- looks things up in it. docs/search.md tells the whole. Nothing here is on the way of a send.

DO $do$
DECLARE
    v_schema name;
BEGIN
    CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA foundation;
    -- Somebody may have put it elsewhere before.
    SELECT e.extnamespace::regnamespace INTO v_schema
    FROM pg_extension e WHERE e.extname = 'unaccent';
    EXECUTE format(
        'CREATE FUNCTION messages.unaccented(p_text text) RETURNS text LANGUAGE sql STABLE AS'
        ' ''SELECT %I.unaccent(p_text)''', v_schema);
END $do$;

-- Stems without stop words: "to be or not to be" is a phrase like any other, and which words of a
-- question matter is decided when it is asked.
CREATE TEXT SEARCH DICTIONARY messages.english_stems (TEMPLATE = snowball, LANGUAGE = english);
CREATE TEXT SEARCH DICTIONARY messages.french_stems (TEMPLATE = snowball, LANGUAGE = french);
CREATE TEXT SEARCH CONFIGURATION messages.english (COPY = pg_catalog.simple);
CREATE TEXT SEARCH CONFIGURATION messages.french (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION messages.english
    ALTER MAPPING FOR asciiword, word, numword WITH messages.english_stems;
ALTER TEXT SEARCH CONFIGURATION messages.french
    ALTER MAPPING FOR asciiword, word, numword WITH messages.french_stems;

-- A text as its words, in small letters: all punctuation parts words, so that PostgreSQL's parser sees
-- no addresses, paths or signed numbers, and "example.com" is found by "example" too.
CREATE FUNCTION messages.plain_words(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(translate(p_text,
        '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~’‘“”«»…–—',
        '                                         '))
$$;

-- The words of a text, for the index: by their English and their French stems, since nobody says which
-- language a message is in. Without accents, and where there are some by the French stems with them as
-- well: "mangées" is "mang" only while it has its accent.
-- No more than the positions of a tsvector reach (16,383).
CREATE FUNCTION messages.words_of(p_text text) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_text text := left(p_text, 16000);
    v_plain text;
    v_accented text;
BEGIN
    IF octet_length(v_text) = length(v_text) THEN -- ASCII, as most are: nothing to fold
        v_plain := messages.plain_words(v_text);
        RETURN to_tsvector('messages.english', v_plain) || to_tsvector('messages.french', v_plain);
    END IF;
    v_text := normalize(v_text, NFKC);
    v_plain := messages.plain_words(messages.unaccented(v_text));
    v_accented := messages.plain_words(v_text);
    RETURN to_tsvector('messages.english', v_plain) || to_tsvector('messages.french', v_plain)
        || CASE WHEN v_plain = v_accented THEN '' ELSE to_tsvector('messages.french', v_accented) END;
END $$;

-- One word or phrase as it is looked for: by any of its stems, words of a phrase next to each other.
-- Empty where there is no word in it.
CREATE FUNCTION messages.term_query(p_text text) RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_text text := normalize(p_text, NFKC);
    v_plain text := messages.plain_words(messages.unaccented(v_text));
    v_english tsquery := phraseto_tsquery('messages.english', v_plain);
    v_french tsquery := phraseto_tsquery('messages.french', v_plain);
    v_accented tsquery := phraseto_tsquery('messages.french', messages.plain_words(v_text));
BEGIN
    RETURN v_english
        || CASE WHEN v_french = v_english THEN '' ELSE v_french END
        || CASE WHEN v_accented IN (v_english, v_french) THEN '' ELSE v_accented END;
END $$;

-- Whether a word says nothing by itself, in one of the languages.
CREATE FUNCTION messages.is_stop_word(p_text text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT '{}' IN (
        ts_lexize('pg_catalog.english_stem', lower(messages.unaccented(p_text))),
        ts_lexize('pg_catalog.french_stem', lower(messages.unaccented(p_text))),
        ts_lexize('pg_catalog.french_stem', lower(p_text)))
$$;

-- What can be asked of a message beside its words, as words that no text can hold, since '#' parts
-- words: its conversation, its sender, what it has, and where it lies among all messages, by blocks of
-- ids in five sizes.
CREATE FUNCTION messages.facets_of(p messages.messages) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT array_to_tsvector(
        ARRAY['#c' || p.conversation_id, '#u' || p.sender_id,
              '#v' || (p.id >> 11), '#w' || (p.id >> 14), '#x' || (p.id >> 17),
              '#y' || (p.id >> 20), '#z' || (p.id >> 23)]
        || CASE WHEN p.message_type = 'file' THEN ARRAY['#file'] END
        || CASE WHEN p.content ~* '\mhttps?://\S' THEN ARRAY['#link'] END
        || CASE WHEN p.reactions IS NOT NULL THEN ARRAY['#reaction'] END
        || CASE WHEN p.pinned_at IS NOT NULL THEN ARRAY['#pin'] END)
$$;

CREATE FUNCTION messages.search_vector(p messages.messages) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT messages.words_of(p.content) || messages.facets_of(p)
$$;

-- The index. Partitioned as the messages can be, each partition with its own GIN index.
CREATE TABLE messages.search (
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    vector          tsvector NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) PARTITION BY HASH (conversation_id);

-- How far each conversation is indexed: all its messages up to seq, and none after it. Numbers are
-- committed in order within a conversation, so what is not indexed is exactly its tail.
CREATE TABLE messages.indexed (
    conversation_id bigint PRIMARY KEY,
    seq             bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- The words of a message are for its conversation's members, who have the message itself.
SELECT foundation.protect('messages.search');
SELECT foundation.protect('messages.indexed');
DO $$
BEGIN
    FOR n IN 0..3 LOOP
        EXECUTE format(
            'CREATE TABLE messages.search_%s PARTITION OF messages.search'
            ' FOR VALUES WITH (MODULUS 4, REMAINDER %s)', n, n);
        PERFORM foundation.protect(format('messages.search_%s', n)::regclass);
    END LOOP;
END $$;
-- What waits to be sorted in is read by every search: at most 256 kB of it.
CREATE INDEX search_words ON messages.search USING gin (vector) WITH (gin_pending_list_limit = 256);

-- Indexes up to p_limit messages of these conversations, and gives those of them that may have more:
-- where the limit was met, or where somebody else is at it.
CREATE FUNCTION messages.index_some(
    p_conversations bigint[], p_limit integer, OUT indexed integer, OUT unfinished bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_taken bigint[];
BEGIN
    -- What an answer rests on is in messages.messages: a crash may take this back.
    SET LOCAL synchronous_commit = off;
    INSERT INTO messages.indexed AS i (conversation_id)
    SELECT c.id FROM unnest(p_conversations) AS c (id)
    WHERE NOT EXISTS (SELECT FROM messages.indexed i WHERE i.conversation_id = c.id)
    ORDER BY c.id
    ON CONFLICT DO NOTHING;
    SELECT array_agg(t.conversation_id) INTO v_taken FROM (
        SELECT i.conversation_id FROM messages.indexed i
        WHERE i.conversation_id = ANY (p_conversations)
        ORDER BY i.conversation_id FOR UPDATE SKIP LOCKED
    ) t;
    -- A statement of its own, which sees all that was committed before the locks were there: an edit
    -- looks under the same lock whether its message is in the index.
    WITH chunk AS MATERIALIZED (
        SELECT n.message
        FROM messages.indexed i,
            LATERAL (
                SELECT m AS message FROM messages.messages m
                WHERE m.conversation_id = i.conversation_id AND m.seq > i.seq
                ORDER BY m.seq LIMIT p_limit
            ) n
        WHERE i.conversation_id = ANY (v_taken)
        LIMIT p_limit
    ), written AS (
        INSERT INTO messages.search (conversation_id, seq, created_at, vector)
        SELECT (c.message).conversation_id, (c.message).seq, (c.message).created_at,
            messages.search_vector(c.message)
        FROM chunk c
        WHERE (c.message).deleted_at IS NULL
    ), moved AS (
        UPDATE messages.indexed i SET seq = n.seq
        FROM (
            SELECT (c.message).conversation_id AS id, max((c.message).seq) AS seq
            FROM chunk c GROUP BY 1
        ) n
        WHERE i.conversation_id = n.id
    )
    SELECT count(*) INTO indexed FROM chunk;
    unfinished := CASE
        WHEN indexed = p_limit THEN p_conversations
        ELSE ARRAY(SELECT unnest(p_conversations) EXCEPT SELECT unnest(v_taken)) END;
END $$;

-- What changes a message changes its place in the index, in the same transaction.
CREATE FUNCTION messages.reindex() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The lock of whoever indexes: it is not under way now, and sees this change when it comes.
    INSERT INTO messages.indexed (conversation_id) VALUES (NEW.conversation_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM messages.indexed i
    WHERE i.conversation_id = NEW.conversation_id AND i.seq >= NEW.seq
    FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NEW.deleted_at IS NULL THEN
        UPDATE messages.search s SET vector = messages.search_vector(NEW)
        WHERE s.conversation_id = NEW.conversation_id AND s.seq = NEW.seq;
    ELSE
        DELETE FROM messages.search s
        WHERE s.conversation_id = NEW.conversation_id AND s.seq = NEW.seq;
    END IF;
    RETURN NULL;
END $$;

-- Not on inserts, and not for a reply or one more reaction: those cost what they did.
CREATE TRIGGER reindex AFTER UPDATE OF content, deleted_at, reactions, pinned_at
    ON messages.messages FOR EACH ROW
    WHEN (
        OLD.content IS DISTINCT FROM NEW.content
        OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
        OR (OLD.reactions IS NULL) <> (NEW.reactions IS NULL)
        OR (OLD.pinned_at IS NULL) <> (NEW.pinned_at IS NULL)
    )
    EXECUTE FUNCTION messages.reindex();

-- What the function that finds reads, as causerie_finder.
DO $$
BEGIN
    IF foundation.has_reader() THEN
        GRANT USAGE ON SCHEMA messages, foundation TO causerie_finder;
        GRANT SELECT ON messages.messages, messages.locator, messages.search, messages.indexed
            TO causerie_finder;
    END IF;
END $$;
