-- name: create
-- All of Limosa's tables, in a schema of their own; run once, under the runner lock.
CREATE SCHEMA IF NOT EXISTS limosa;

CREATE TABLE limosa.target (
    name           text PRIMARY KEY,
    identity       text NOT NULL,
    run            bigint NOT NULL,
    version_schema text,
    version_table  text NOT NULL,
    touched        bigint NOT NULL DEFAULT 0
);

CREATE TABLE limosa.run (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target       text NOT NULL,
    direction    text NOT NULL,
    requested    text NOT NULL,
    before       text NOT NULL,
    after        text,
    started_at   text NOT NULL,
    finished_at  text,
    outcome      text,
    error        text,
    actor        text NOT NULL,
    host         text NOT NULL,
    pid          bigint NOT NULL,
    tool         text NOT NULL
);

CREATE TABLE limosa.source (
    digest text PRIMARY KEY,
    path   text NOT NULL,
    body   text NOT NULL
);

CREATE TABLE limosa.entry (
    seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run           bigint,
    revision      text,
    direction     text,
    from_versions text NOT NULL,
    to_versions   text NOT NULL,
    started_at    text,
    finished_at   text NOT NULL,
    duration_s    double precision,
    outcome       text NOT NULL,
    actor         text NOT NULL,
    host          text NOT NULL,
    pid           bigint,
    tool          text NOT NULL,
    checksum      text,
    source        text REFERENCES limosa.source (digest),
    imported      text REFERENCES limosa.source (digest),
    statements    bigint,
    transaction   text,
    error         text
);

CREATE TABLE limosa.checkpoint (
    target    text NOT NULL,
    revision  text NOT NULL,
    direction text NOT NULL,
    run       bigint NOT NULL,
    ordinal   bigint NOT NULL,
    digest    text NOT NULL,
    intent    text,
    PRIMARY KEY (target, revision, direction)
);

CREATE TABLE limosa.acceptance (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision    text NOT NULL,
    applied     text NOT NULL,
    on_disk     text NOT NULL,
    source      text REFERENCES limosa.source (digest),
    reason      text NOT NULL,
    accepted_at text NOT NULL,
    actor       text NOT NULL,
    host        text NOT NULL,
    pid         bigint NOT NULL,
    tool        text NOT NULL
);

-- Plain Alembic changes its version table without us: this function writes down what it did.
-- It runs with its owner's rights, so that a role that may not write here can still migrate.
CREATE FUNCTION limosa.note_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    ended CONSTANT timestamptz := clock_timestamp();
    began CONSTANT timestamptz := transaction_timestamp();
BEGIN
    IF coalesce(current_setting('limosa.run', true), '') <> '' THEN
        RETURN NULL;
    END IF;
    INSERT INTO limosa.entry (from_versions, to_versions, started_at, finished_at, duration_s, outcome,
                              actor, host, pid, tool, transaction)
    VALUES (CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.version_num END,
            CASE WHEN TG_OP = 'DELETE' THEN '' ELSE NEW.version_num END,
            to_char(began AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            to_char(ended AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            extract(epoch FROM ended - began), 'applied', session_user,
            coalesce(host(inet_client_addr()), 'local'), pg_backend_pid(), 'alembic',
            pg_current_xact_id()::text);
    RETURN NULL;
END
$$;

-- name: has_trigger
-- Does the version table tell us of its changes already?
SELECT 1 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE t.tgname = 'limosa_note_version' AND c.relname = :table
   AND n.nspname = coalesce(:schema, current_schema());

-- name: trigger_any
-- {table} is the quoted version table.
CREATE TRIGGER limosa_note_version AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION limosa.note_version();

-- name: exists
-- Are our tables there?
SELECT 1 WHERE to_regclass('limosa.target') IS NOT NULL;

-- name: speak
-- Tell the trigger that Limosa itself writes the entry of this transaction, if the fence is still ours.
SELECT set_config('limosa.run', CAST(CAST(:run AS bigint) AS text), true)
  FROM limosa.target WHERE name = :target AND run = :run AND identity = :identity;

-- name: leave_step
-- The fence held, the source kept, the entry written and the trigger told of that, in one round trip; how many fences,
-- and the transaction. Its COMMIT need not wait for the disk: the log is flushed in its order, so that a crash leaves a
-- state after some step, and the end of the run, which is a transaction of its own, does wait.
WITH fence AS ({hold_fence} RETURNING 1), source AS ({keep_source}), entry AS ({write_entry})
SELECT (SELECT count(*) FROM fence), {transaction_id},
       set_config('limosa.run', CAST(CAST(:run AS bigint) AS text), true), set_config('synchronous_commit', 'off', true);
