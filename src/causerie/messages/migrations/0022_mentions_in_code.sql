-- The words behind an @ in a text, as 0007_mentions.sql finds them, but for code as pages show it: between
-- fences of tildes, too, and behind a fence that is never closed. An @ behind a backslash is a letter.
CREATE OR REPLACE FUNCTION messages.words_behind_at(p_content text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(w.word) FROM (
        SELECT DISTINCT lower(found.parts[1] COLLATE "C") AS word
        FROM regexp_matches(
            -- Step by step: in one expression all parts would be greedy, or none.
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(p_content, '```.*?```', ' ', 'g'),
                        '^ {0,3}?~~~.*?^ {0,3}?~~~', ' ', 'gw'),
                    '^ {0,3}(```|~~~)[`~]*[ \t]*[A-Za-z0-9_+#.-]*[ \t]*\n.*', ' ', 'w'),
                '`[^`\n]+`', ' ', 'g'),
            -- Not within a word or an address, as in an e-mail's or a URL's.
            '(?<![[:alnum:]@/\\])@([A-Za-z0-9_.-]{1,32})(?![A-Za-z0-9_.-])', 'g') AS found (parts)
        LIMIT 100
    ) w
$$;
