-- Schema lockplane, version 1. Run by an administrator in one transaction, as role lockplane_owner.
-- The apply role reaches the tables only through the functions below: each is SECURITY DEFINER with a pinned search_path.

CREATE TABLE lockplane.meta (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    schema_version integer NOT NULL,
    database_id    text NOT NULL,
    head_seq       bigint NOT NULL DEFAULT 0,
    head_hash      text NOT NULL DEFAULT ''
);

-- What committed: body is canonical JSON kept as text, because jsonb would change its bytes.
CREATE TABLE lockplane.ledger (
    seq       bigint PRIMARY KEY,
    body      text NOT NULL,
    hash      text NOT NULL UNIQUE,
    signature text NOT NULL
);

-- The nodes of manifests' hash trees, shared between entries.
CREATE TABLE lockplane.object (
    hash text PRIMARY KEY,
    body text NOT NULL
);

CREATE TABLE lockplane.plan (
    hash        text PRIMARY KEY,
    body        text NOT NULL,
    from_hash   text NOT NULL,
    source_hash text NOT NULL,
    proposer    text NOT NULL,
    door        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    assessment  text NOT NULL,
    rollback_of bigint REFERENCES lockplane.ledger,
    applied_seq bigint REFERENCES lockplane.ledger
);
CREATE INDEX plan_by_source ON lockplane.plan (from_hash, source_hash);
CREATE INDEX plan_unapplied ON lockplane.plan (created_at) WHERE applied_seq IS NULL;

-- Signed by the process, so that one written by SQL alone is none; unique, so that one is used once.
CREATE TABLE lockplane.approval (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_hash   text NOT NULL REFERENCES lockplane.plan ON DELETE CASCADE,
    from_hash   text NOT NULL,
    approver    text NOT NULL,
    approved_at timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    signature   text NOT NULL UNIQUE,
    used_seq    bigint REFERENCES lockplane.ledger
);

-- Attempts, whatever became of them. A row that says running while nobody holds the apply lock is a process that died before its commit.
CREATE TABLE lockplane.operation (
    id          text PRIMARY KEY,
    plan_hash   text NOT NULL,
    applier     text NOT NULL,
    door        text NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'succeeded', 'failed')),
    attempts    integer NOT NULL DEFAULT 1,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    seq         bigint,
    error       text,
    drift       text
);

CREATE TABLE lockplane.operation_step (
    operation_id text NOT NULL REFERENCES lockplane.operation ON DELETE CASCADE,
    n            integer NOT NULL,
    duration_ms  bigint NOT NULL,
    PRIMARY KEY (operation_id, n)
);

CREATE FUNCTION lockplane.read_meta(OUT schema_version integer, OUT database_id text, OUT head_seq bigint, OUT head_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT m.schema_version, m.database_id, m.head_seq, m.head_hash FROM lockplane.meta m $$;

-- Holds the head until the end of the transaction, so that no two entries get one number.
CREATE FUNCTION lockplane.lock_head(OUT head_seq bigint, OUT head_hash text, OUT database_id text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT m.head_seq, m.head_hash, m.database_id FROM lockplane.meta m FOR UPDATE $$;

CREATE FUNCTION lockplane.append_entry(p_body text, p_signature text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head lockplane.meta;
    entry json := p_body::json;
    entry_hash text := 'sha256:' || encode(sha256(convert_to('lockplane/entry/1', 'UTF8') || '\x00'::bytea || convert_to(p_body, 'UTF8')), 'hex');
BEGIN
    SELECT * INTO STRICT head FROM lockplane.meta FOR UPDATE;
    IF (entry ->> 'seq')::bigint IS DISTINCT FROM head.head_seq + 1 OR coalesce(entry ->> 'prev', '') <> head.head_hash
       OR entry ->> 'database_id' IS DISTINCT FROM head.database_id THEN
        RAISE EXCEPTION 'entry % does not follow the head, which is entry %', entry ->> 'seq', head.head_seq;
    END IF;
    INSERT INTO lockplane.ledger (seq, body, hash, signature) VALUES (head.head_seq + 1, p_body, entry_hash, p_signature);
    UPDATE lockplane.meta SET head_seq = head.head_seq + 1, head_hash = entry_hash;
    RETURN head.head_seq + 1;
END $$;

CREATE FUNCTION lockplane.read_ledger(p_after bigint, p_limit integer)
RETURNS TABLE (seq bigint, body text, hash text, signature text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT l.seq, l.body, l.hash, l.signature FROM lockplane.ledger l WHERE l.seq > p_after ORDER BY l.seq LIMIT p_limit $$;

CREATE FUNCTION lockplane.put_objects(p_hashes text[], p_bodies text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ INSERT INTO lockplane.object (hash, body) SELECT o.hash, o.body FROM unnest(p_hashes, p_bodies) AS o (hash, body) ON CONFLICT DO NOTHING $$;

CREATE FUNCTION lockplane.read_objects(p_hashes text[]) RETURNS TABLE (hash text, body text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT o.hash, o.body FROM lockplane.object o WHERE o.hash = ANY (p_hashes) $$;

-- Stores a plan unless it is there already. Unapplied plans are dropped after seven days; over a thousand of them a gateway session gets no more.
CREATE FUNCTION lockplane.put_plan(p_hash text, p_body text, p_from text, p_source text, p_proposer text, p_door text, p_assessment text, p_rollback_of bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM lockplane.plan p WHERE p.applied_seq IS NULL AND p.created_at < clock_timestamp() - interval '7 days';
    IF p_door = 'gateway' AND NOT EXISTS (SELECT FROM lockplane.plan p WHERE p.hash = p_hash)
       AND (SELECT count(*) FROM lockplane.plan p WHERE p.applied_seq IS NULL) >= 1000 THEN
        RETURN false;
    END IF;
    INSERT INTO lockplane.plan (hash, body, from_hash, source_hash, proposer, door, assessment, rollback_of)
    VALUES (p_hash, p_body, p_from, p_source, p_proposer, p_door, p_assessment, p_rollback_of)
    ON CONFLICT (hash) DO UPDATE SET assessment = excluded.assessment, source_hash = excluded.source_hash, rollback_of = excluded.rollback_of;
    RETURN true;
END $$;

-- By whole hash or by a prefix of it; the caller refuses a prefix that fits more than one.
CREATE FUNCTION lockplane.find_plans(p_prefix text)
RETURNS TABLE (hash text, body text, proposer text, door text, created_at timestamptz, assessment text, applied_seq bigint, rollback_of bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT p.hash, p.body, p.proposer, p.door, p.created_at, p.assessment, p.applied_seq, p.rollback_of
      FROM lockplane.plan p WHERE starts_with(p.hash, p_prefix) ORDER BY p.hash LIMIT 2 $$;

CREATE FUNCTION lockplane.find_plan_by_source(p_from text, p_source text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT p.hash FROM lockplane.plan p WHERE p.from_hash = p_from AND p.source_hash = p_source ORDER BY p.hash LIMIT 1 $$;

CREATE FUNCTION lockplane.mark_applied(p_hash text, p_seq bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE lockplane.plan p SET applied_seq = p_seq WHERE p.hash = p_hash $$;

CREATE FUNCTION lockplane.put_approval(p_plan text, p_from text, p_approver text, p_approved timestamptz, p_expires timestamptz, p_signature text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ INSERT INTO lockplane.approval (plan_hash, from_hash, approver, approved_at, expires_at, signature)
      VALUES (p_plan, p_from, p_approver, p_approved, p_expires, p_signature) $$;

CREATE FUNCTION lockplane.read_approvals(p_plan text)
RETURNS TABLE (id bigint, from_hash text, approver text, approved_at timestamptz, expires_at timestamptz, expired boolean, used_seq bigint, signature text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT a.id, a.from_hash, a.approver, a.approved_at, a.expires_at, a.expires_at <= clock_timestamp(), a.used_seq, a.signature
      FROM lockplane.approval a WHERE a.plan_hash = p_plan ORDER BY a.id FOR UPDATE $$;

CREATE FUNCTION lockplane.use_approval(p_id bigint, p_seq bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE lockplane.approval a SET used_seq = p_seq WHERE a.id = p_id AND a.used_seq IS NULL $$;

CREATE FUNCTION lockplane.begin_operation(p_id text, p_plan text, p_applier text, p_door text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ INSERT INTO lockplane.operation (id, plan_hash, applier, door, state) VALUES (p_id, p_plan, p_applier, p_door, 'running')
      ON CONFLICT (id) DO UPDATE SET state = 'running', applier = excluded.applier, door = excluded.door, attempts = operation.attempts + 1,
                                     started_at = clock_timestamp(), finished_at = NULL, error = NULL, drift = NULL, seq = NULL
      WHERE operation.state <> 'succeeded' $$;

CREATE FUNCTION lockplane.end_operation(p_id text, p_seq bigint, p_error text, p_durations bigint[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM lockplane.operation_step s WHERE s.operation_id = p_id AND s.operation_id IN (SELECT o.id FROM lockplane.operation o WHERE o.state <> 'succeeded');
      INSERT INTO lockplane.operation_step (operation_id, n, duration_ms)
      SELECT p_id, d.n, d.ms FROM unnest(p_durations) WITH ORDINALITY AS d (ms, n)
      WHERE EXISTS (SELECT FROM lockplane.operation o WHERE o.id = p_id AND o.state <> 'succeeded');
      UPDATE lockplane.operation o SET state = CASE WHEN p_seq IS NULL THEN 'failed' ELSE 'succeeded' END,
                                       finished_at = clock_timestamp(), seq = p_seq, error = p_error WHERE o.id = p_id AND o.state <> 'succeeded' $$;

CREATE FUNCTION lockplane.record_drift(p_id text, p_drift text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE lockplane.operation o SET drift = p_drift WHERE o.id = p_id $$;

CREATE FUNCTION lockplane.read_operation(p_id text)
RETURNS TABLE (id text, plan_hash text, applier text, door text, state text, attempts integer, seq bigint, error text, drift text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT o.id, o.plan_hash, o.applier, o.door, o.state, o.attempts, o.seq, o.error, o.drift FROM lockplane.operation o WHERE o.id = p_id $$;

REVOKE ALL ON ALL TABLES IN SCHEMA lockplane FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA lockplane FROM PUBLIC;
