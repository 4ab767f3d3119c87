-- What looks for words, as 0020_find_phrases.sql has it, but for how far its second step goes. All there
-- was came at once where that was up to p_fetch messages, of which thousands were read to keep the newest
-- 200: now only where they are few, or where what is missing probably lies as far back anyhow.

DROP FUNCTION messages.find(
    text[], text[], text[], text[], bigint[], timestamptz, timestamptz,
    integer, integer, integer, integer, integer
);

-- Finds messages on behalf of the actor, in the conversations that they are in, the best first.
--   p_words, p_phrases   each must be there; of the words stop words only where there is nothing else
--   p_without            none of these may be there
--   p_facets             more conditions, as texts of a tsquery over the words of facets_of()
--   p_conversations      only in these; NULL: in all of theirs
--   p_after, p_before    only in between, the ends left out
--   p_candidates         the newest matches that are ranked
--   p_tail               of what is not in the index yet, the newest that are looked at
--   p_scan               the messages of all conversations that are rather read through than looked up
--   p_fetch              what is taken from the index at most, whosesoever it is
-- As causerie_finder, who sees all: row security would keep the GIN index from being used. Index
-- first, from the newest messages backwards in steps of bounded cost; whose they may be is checked
-- before anything is ranked. In one snapshot (STABLE), so that nothing is between index and tail.
CREATE FUNCTION messages.find(
    p_words text[], p_phrases text[], p_without text[], p_facets text[], p_conversations bigint[],
    p_after timestamptz, p_before timestamptz, p_limit integer,
    p_candidates integer, p_tail integer, p_scan integer, p_fetch integer
) RETURNS TABLE (conversation_id bigint, seq bigint, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off -- the tables are large, whatever the statistics say
SET plan_cache_mode = force_generic_plan
SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
    v_reader bigint := foundation.actor();
    v_setting text := coalesce(current_setting('causerie.scope', true), '');
    v_after timestamptz := coalesce(p_after, '-infinity');
    v_before timestamptz := coalesce(p_before, 'infinity');
    v_term text;
    v_word text;
    v_query tsquery;
    v_text tsquery := '';  -- what is ranked by
    v_all tsquery := '';   -- what must hold
    v_words tsquery[] := '{}'; -- the same without the order of words, as the index knows it:
    v_rarest tsquery := '';    -- one word
    v_rest tsquery := '';      -- and what else there is
    v_has_order boolean;
    v_window tsquery;
    v_past tsquery := '';  -- the window of the step before, of v_seen ids
    v_seen bigint := 0;
    v_first tsquery;
    v_second tsquery;
    v_rooms bigint[];
    v_scope bigint;        -- messages in all of them
    v_top bigint;          -- the ids that can be meant: from v_bottom to v_top
    v_bottom bigint := 0;
    -- How many of them are looked at, from the top.
    v_span bigint := CASE WHEN p_phrases = '{}' THEN 2048 ELSE 8192 END;
    v_next bigint;
    v_expected float;      -- matches in all that can be meant
    v_count bigint;
    v_matches bigint := 0;
    v_fetch bigint := CASE WHEN p_phrases = '{}' THEN p_fetch ELSE p_fetch * 2 / 5 END;
    v_is_last boolean := false;
    v_fresh messages.hit[];
    v_hits messages.hit[];
BEGIN
    IF NOT foundation.has_reader() THEN
        PERFORM set_config('causerie.scope', '', true);
    END IF;
    <<look>>
    BEGIN
        SELECT array_agg(p.id), sum(p.last_seq) INTO v_rooms, v_scope
        FROM conversations.positions_of(v_reader) p
        WHERE p_conversations IS NULL OR p.id = ANY (p_conversations);
        EXIT look WHEN v_rooms IS NULL;

        FOREACH v_term IN ARRAY p_words LOOP
            v_query := messages.term_query(v_term);
            v_text := v_text && v_query;
            IF NOT messages.is_stop_word(v_term) THEN
                v_all := v_all && v_query;
                v_words := v_words || messages.without_order(v_query);
            END IF;
        END LOOP;
        FOREACH v_term IN ARRAY p_phrases LOOP
            v_all := v_all && messages.term_query(v_term);
            -- Word by word, in whichever language: all of a phrase in one language or all of it in the
            -- other costs the index twice as much, and finds hardly less.
            FOREACH v_word IN ARRAY regexp_split_to_array(v_term, '\s+') LOOP
                v_words := v_words || messages.without_order(messages.term_query(v_word));
            END LOOP;
        END LOOP;
        IF numnode(v_all) > 0 THEN
            v_text := v_all;
        ELSE
            v_words := ARRAY[messages.without_order(v_text)];
        END IF;
        FOREACH v_query IN ARRAY v_words LOOP
            -- The longest one, most of the time.
            IF length(v_query::text) > length(v_rarest::text) THEN
                v_rest := v_rest && v_rarest;
                v_rarest := v_query;
            ELSE
                v_rest := v_rest && v_query;
            END IF;
        END LOOP;
        -- There was no word in what was asked.
        EXIT look WHEN numnode(v_text) = 0 AND cardinality(p_words) + cardinality(p_phrases) > 0;
        v_all := v_text;
        -- The index knows words, not their order: what depends on it is looked at afterwards.
        v_has_order := v_text::text ~ '<(-|\d+)>';
        FOREACH v_term IN ARRAY p_without LOOP
            v_query := messages.term_query(v_term);
            IF numnode(v_query) > 0 THEN
                v_all := v_all && !! v_query;
                IF v_query::text ~ '<(-|\d+)>' THEN
                    v_has_order := true;
                ELSE
                    v_rest := v_rest && !! v_query;
                END IF;
            END IF;
        END LOOP;
        FOREACH v_term IN ARRAY p_facets LOOP
            v_all := v_all && v_term::tsquery;
            v_rest := v_rest && v_term::tsquery;
        END LOOP;

        -- What is not in the index yet is read as it is.
        SELECT array_agg(
            ROW(t.conversation_id, t.seq, t.created_at, ts_rank(t.vector, v_text, 1))::messages.hit)
        INTO v_fresh
        FROM (
            SELECT (n.message).conversation_id, (n.message).seq, (n.message).created_at,
                messages.search_vector(n.message) AS vector
            FROM (
                SELECT p.id, coalesce(i.seq, 0) AS indexed, count(*) OVER () AS conversations
                FROM conversations.positions_of(v_reader) p
                LEFT JOIN messages.indexed i ON i.conversation_id = p.id
                WHERE p.last_seq > coalesce(i.seq, 0)
                    AND (p_conversations IS NULL OR p.id = ANY (p_conversations))
            ) b,
            LATERAL (
                SELECT m AS message FROM messages.messages m
                WHERE m.conversation_id = b.id AND m.seq > b.indexed
                ORDER BY m.seq DESC LIMIT greatest(p_tail / b.conversations, 1)
            ) n
            WHERE (n.message).deleted_at IS NULL
                AND (n.message).created_at > v_after AND (n.message).created_at < v_before
            ORDER BY (n.message).id DESC LIMIT p_tail
        ) t
        WHERE t.vector @@ v_all;

        -- Few conversations are named in what the index is asked; of many, what it gives is filtered.
        IF cardinality(v_rooms) <= 4 THEN
            SELECT v_rest && string_agg(format('''#c%s''', r.id), '|')::tsquery INTO v_rest
            FROM unnest(v_rooms) AS r (id);
        END IF;
        SELECT coalesce(max(l.id), 0) INTO v_top FROM messages.locator l;
        IF p_after IS NOT NULL THEN
            v_bottom := messages.id_at(p_after, v_top);
        END IF;
        IF p_before IS NOT NULL THEN
            v_top := messages.id_at(p_before, v_top);
        END IF;

        LOOP
            -- What is older than p_before has a window even where it goes back to the first message:
            -- without one the index gives what is newer, too.
            v_count := least(
                v_span, v_top - v_bottom + 2048, CASE WHEN p_before IS NOT NULL THEN v_top - 1 END);
            v_window := messages.window_of(v_top, v_count, v_seen);
            IF v_window IS NULL THEN
                v_past := '';
                v_matches := 0;
                v_hits := NULL;
            END IF;
            -- Of two conditions each leaps to the next message that the other has. In one of several
            -- words every message that has the rarest is looked at, and judged by all of it.
            v_first := coalesce(v_window, nullif(v_rarest, ''), v_rest);
            v_second := coalesce(
                nullif(CASE WHEN v_window IS NULL THEN v_rest ELSE v_rarest && v_rest END, ''), v_first);
            WITH matched AS MATERIALIZED (
                -- Words are put in order only for what the reader may see.
                SELECT s.conversation_id, s.seq, s.created_at,
                    CASE WHEN NOT s.conversation_id IN (SELECT unnest(v_rooms)) THEN false
                         WHEN v_has_order THEN s.vector @@ v_all
                         ELSE true END AS is_found
                FROM messages.search s
                WHERE s.vector @@ v_first AND s.vector @@ v_second AND NOT s.vector @@ v_past
                    AND s.created_at > v_after AND s.created_at < v_before
            ), newest AS (
                SELECT a.* FROM (
                    SELECT m.conversation_id, m.seq, m.created_at FROM matched m WHERE m.is_found
                    UNION ALL
                    SELECT h.conversation_id, h.seq, h.created_at FROM unnest(v_hits) AS h
                ) a
                ORDER BY a.created_at DESC, a.seq DESC LIMIT p_candidates
            )
            SELECT v_matches + (SELECT count(*) FROM matched),
                array_agg(ROW(n.conversation_id, n.seq, n.created_at, NULL)::messages.hit)
            INTO v_matches, v_hits
            FROM newest n;
            EXIT WHEN v_window IS NULL OR v_is_last OR v_span >= v_top - v_bottom
                OR cardinality(v_hits) >= p_candidates;
            IF v_scope <= p_scan AND v_scope < v_matches * (v_top - v_bottom) / v_span THEN
                -- More would match in the index than the reader has messages at all.
                SELECT array_agg(ROW(h.conversation_id, h.seq, h.created_at, NULL)::messages.hit)
                INTO v_hits
                FROM (
                    SELECT s.conversation_id, s.seq, s.created_at
                    FROM unnest(v_rooms) AS r (id), LATERAL (
                        SELECT * FROM messages.search s
                        WHERE s.conversation_id = r.id AND s.vector @@ v_all
                            AND s.created_at > v_after AND s.created_at < v_before OFFSET 0
                    ) s
                    ORDER BY s.created_at DESC, s.seq DESC LIMIT p_candidates
                ) h;
                EXIT;
            END IF;
            v_expected := (v_matches + 3.0) * (v_top - v_bottom) / v_span;
            -- As far back as what is missing probably lies: the fewer were found, the less is known of it.
            v_next := v_span * (1.3 + 1 / sqrt(1 + coalesce(cardinality(v_hits), 0)))
                * p_candidates / greatest(cardinality(v_hits), 1);
            IF v_expected <= least(v_fetch, 5 * p_candidates)
                OR v_expected <= v_fetch AND v_next * 3 > v_top - v_bottom
            THEN
                -- All there is, at once: each step looks through most of what the rarest word has.
                v_next := v_top - v_bottom;
            ELSE
                -- Not more than 64 times as far, nor much further than v_fetch matches reach.
                v_next := least(v_next, v_span * 64);
                IF v_matches::float * v_next / v_span > v_fetch THEN
                    v_next := v_span * v_fetch / v_matches;
                    v_is_last := true;
                    EXIT WHEN v_next <= v_span;
                END IF;
            END IF;
            v_past := messages.window_of(v_top, v_count);
            v_seen := v_count;
            v_span := v_next;
        END LOOP;
    END look;

    RETURN QUERY
    -- Relevance first; a message of today counts up to twice as much as an old one.
    SELECT r.conversation_id, r.seq,
        CASE WHEN numnode(v_text) = 0 THEN 1 ELSE r.rank END
            * (1 + 1 / (1 + greatest(
                extract(epoch FROM now() - r.created_at)::double precision, 0) / 2592000))
            AS score
    FROM (
        SELECT * FROM unnest(v_fresh)
        UNION ALL
        SELECT h.conversation_id, h.seq, h.created_at, ts_rank(s.vector, v_text, 1)
        FROM unnest(v_hits) h, LATERAL (
            SELECT s.vector FROM messages.search s
            WHERE s.conversation_id = h.conversation_id AND s.seq = h.seq OFFSET 0
        ) s
    ) r
    ORDER BY score DESC, r.created_at DESC, r.seq DESC
    LIMIT p_limit;
    IF NOT foundation.has_reader() THEN
        PERFORM set_config('causerie.scope', v_setting, true);
    END IF;
END $$;

DO $$
BEGIN
    IF foundation.has_reader() AND pg_has_role(current_user, 'causerie_finder', 'MEMBER') THEN
        GRANT CREATE ON SCHEMA messages TO causerie_finder; -- as whoever is to own something there
        ALTER FUNCTION messages.find OWNER TO causerie_finder;
        REVOKE CREATE ON SCHEMA messages FROM causerie_finder;
    END IF;
END $$;
