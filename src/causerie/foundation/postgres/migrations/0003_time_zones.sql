-- Whether this is the name of a zone, as IANA calls them. A system's own table of zones has some of them
-- twice, and names that mean whatever that machine is set to.
CREATE FUNCTION foundation.is_time_zone(p_name text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = p_name)
        AND p_name !~ '^(posix|right)/' AND p_name NOT IN ('localtime', 'posixrules')
$$;
