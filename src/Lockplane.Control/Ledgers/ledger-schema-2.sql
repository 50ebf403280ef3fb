-- Schema lockplane, version 2: rows that a data change touched, as they were and as it left them. Run after version 1, as role lockplane_owner.

-- Rows as text, which the types' own functions write and read again without loss. What is here is data of the tables: only the functions below reach it.
CREATE TABLE lockplane.kept_row (
    seq      bigint NOT NULL,
    step     integer NOT NULL,
    n        bigint GENERATED ALWAYS AS IDENTITY,
    relation text NOT NULL,
    was      text,
    became   text,
    PRIMARY KEY (seq, step, n)
);

-- How many there are, so that some that are missing are missed.
CREATE TABLE lockplane.kept_step (
    seq  bigint NOT NULL,
    step integer NOT NULL,
    rows bigint NOT NULL,
    PRIMARY KEY (seq, step)
);

-- The trigger's function, for the time of one step. format() writes a value by its type's output function; a cast to text could be the table owner's own, and would run with our rights.
CREATE FUNCTION lockplane.keep_row() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, MDY' SET IntervalStyle = 'postgres' SET TimeZone = 'UTC'
SET extra_float_digits = 1 SET bytea_output = 'hex' SET lc_monetary = 'C'
AS $$
BEGIN
    INSERT INTO lockplane.kept_row (seq, step, relation, was, became)
    VALUES (TG_ARGV[0]::bigint, TG_ARGV[1]::integer, format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME),
            CASE WHEN TG_OP <> 'INSERT' THEN format('%s', OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN format('%s', NEW) END);
    RETURN NULL;
END $$;

CREATE FUNCTION lockplane.end_keeping(p_seq bigint, p_step integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ INSERT INTO lockplane.kept_step AS s (seq, step, rows)
      SELECT p_seq, p_step, (SELECT count(*) FROM lockplane.kept_row r WHERE r.seq = p_seq AND r.step = p_step) RETURNING s.rows $$;

CREATE FUNCTION lockplane.kept_rows(p_seq bigint, p_step integer) RETURNS TABLE (was text, became text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT count(*) FROM lockplane.kept_row r WHERE r.seq = p_seq AND r.step = p_step)
       IS DISTINCT FROM (SELECT s.rows FROM lockplane.kept_step s WHERE s.seq = p_seq AND s.step = p_step) THEN
        RAISE EXCEPTION 'the rows that step % of entry % kept are not there any more', p_step, p_seq;
    END IF;
    RETURN QUERY SELECT r.was, r.became FROM lockplane.kept_row r WHERE r.seq = p_seq AND r.step = p_step ORDER BY r.n;
END $$;

REVOKE ALL ON lockplane.kept_row, lockplane.kept_step FROM PUBLIC;
REVOKE ALL ON FUNCTION lockplane.keep_row(), lockplane.end_keeping(bigint, integer), lockplane.kept_rows(bigint, integer) FROM PUBLIC;
