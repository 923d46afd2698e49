-- name: try_lock
-- Polled: a waiter that blocks in pg_advisory_lock() would hang CREATE INDEX CONCURRENTLY.
SELECT pg_try_advisory_xact_lock(CAST(:namespace AS integer), CAST(:target AS integer));

-- name: keep
-- The lock's transaction is idle for as long as the run lasts, whatever the role's own limits are.
SELECT set_config(name, '0', false) FROM pg_settings
 WHERE name IN ('idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout');

-- name: lock_holder
-- Who holds the runner lock of this database.
SELECT a.pid, a.application_name, a.usename, coalesce(host(a.client_addr), 'local'),
       to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.classid = CAST(:namespace AS oid)
   AND l.objid = CAST(CAST(:target AS bigint) & 4294967295 AS oid) AND l.objsubid = 2
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- name: describe
-- What this session says of itself in pg_stat_activity.
SELECT set_config('application_name', :application, false);

-- name: prepare
-- Session settings that let the server notice a dead client; those it does not know are passed over.
SELECT set_config(s.name, v.value, false)
  FROM (VALUES ('client_connection_check_interval', '1000'), ('tcp_keepalives_idle', '2'),
               ('tcp_keepalives_interval', '1'), ('tcp_keepalives_count', '3'),
               ('tcp_user_timeout', '4000')) AS v (name, value)
  JOIN pg_settings s ON s.name = v.name;

-- name: identity
-- System, database and timeline; a promoted standby has another timeline at once.
SELECT CAST(c.system_identifier AS text), CAST(d.oid AS text), pg_is_in_recovery(),
       CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END
  FROM pg_control_system() c, pg_database d WHERE d.datname = current_database();

-- name: place
-- System and database, whichever server of a cluster answers.
SELECT CAST(c.system_identifier AS text), CAST(d.oid AS text)
  FROM pg_control_system() c, pg_database d WHERE d.datname = current_database();

-- name: backend
-- The server process of this session.
SELECT pg_backend_pid();

-- name: version_tables
-- All tables of that name outside the system's schemas.
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = :name AND c.relkind IN ('r', 'p')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_temp%'
 ORDER BY n.nspname = 'limosa' DESC, n.nspname = current_schema() DESC, n.nspname;

-- name: has_table
-- Is there a table of that name?
SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = :name AND n.nspname = coalesce(:schema, current_schema()) AND c.relkind IN ('r', 'p');

-- name: tables
-- The user's tables; Alembic's version table and extensions' tables left out.
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'limosa')
   AND n.nspname NOT LIKE 'pg_t%' AND c.relname <> 'alembic_version'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1, 2;

-- name: queue
-- Who blocks this backend, and how many sessions wait behind it.
SELECT pg_blocking_pids(CAST(:backend AS integer)),
       (SELECT count(*) FROM pg_stat_activity a
         WHERE a.wait_event_type = 'Lock' AND a.pid <> CAST(:backend AS integer)
           AND CAST(:backend AS integer) = ANY (pg_blocking_pids(a.pid)));

-- name: blocker
-- What a blocking session is at.
SELECT pid, coalesce(usename, ''), coalesce(application_name, ''), coalesce(state, ''),
       CAST(coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0) AS double precision),
       left(regexp_replace(coalesce(query, ''), '\s+', ' ', 'g'), 200)
  FROM pg_stat_activity WHERE pid = CAST(:pid AS integer);

-- name: cancel
-- Cancel what a backend of ours runs.
SELECT pg_cancel_backend(CAST(:backend AS integer));

-- name: orphans
-- Connections of runners that no longer hold the lock; an orphaned autocommit statement still commits.
-- One that is in no transaction and runs nothing does no harm: the fence stops what it may try next.
SELECT pid, application_name, coalesce(state, ''), left(regexp_replace(coalesce(query, ''), '\s+', ' ', 'g'), 100)
  FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'limosa-work/%' AND pid <> pg_backend_pid()
   AND state IS DISTINCT FROM 'idle';

-- name: set_lock_timeout
-- For the session.
SELECT set_config('lock_timeout', :timeout, false);

-- name: be_patient
-- CONCURRENTLY and VALIDATE hold up nobody, and a timeout would leave them half done.
SELECT set_config('lock_timeout', '0', CAST(:local AS boolean)),
       set_config('statement_timeout', '0', CAST(:local AS boolean));

-- name: transaction_status
-- What became of a transaction whose COMMIT was not answered.
SELECT pg_xact_status(CAST(CAST(:transaction_id AS text) AS xid8));

-- name: index
-- Whether an index exists and is fit for use.
SELECT i.indisvalid AND i.indisready FROM pg_index i WHERE i.indexrelid = to_regclass(:name);

-- name: index_leftovers
-- What an interrupted REINDEX CONCURRENTLY leaves.
SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$';

-- name: database
-- Is there a database of that name?
SELECT 1 FROM pg_database WHERE datname = :name;

-- name: server_version
-- As the server names it.
SELECT split_part(current_setting('server_version'), ' ', 1);

-- name: may_create
-- Our tables lie in a schema of their own: may we make it, or is it there and ours to use?
SELECT has_database_privilege(current_database(), 'CREATE')
       OR coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = 'limosa'), false);

-- name: current_schemas
-- Where a name without a schema is looked for.
SELECT CAST(current_schemas(false) AS text[]);
