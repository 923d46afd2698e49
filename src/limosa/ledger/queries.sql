-- name: target
-- What we know of a target: its fence and its version table.
SELECT identity, run, version_schema, version_table FROM limosa.target WHERE name = :target;

-- name: begin_run
-- Every run has a number; a later one is higher.
INSERT INTO limosa.run (target, direction, requested, before, started_at, actor, host, pid, tool)
VALUES (:target, :direction, :requested, :before, :started_at, :actor, :host, :pid, :tool)
RETURNING number;

-- name: raise_fence
-- From here on no earlier run can commit.
INSERT INTO limosa.target (name, identity, run, version_schema, version_table)
VALUES (:target, :identity, :run, :version_schema, :version_table)
ON CONFLICT (name) DO UPDATE SET identity = excluded.identity, run = excluded.run,
       version_schema = excluded.version_schema, version_table = excluded.version_table;

-- name: hold_fence
-- In each step's own transaction: it must hit one row, or this runner has lost its lock.
UPDATE limosa.target SET touched = touched + 1 WHERE name = :target AND run = :run AND identity = :identity;

-- name: remember_table
-- Where env.py keeps the version rows; before the first run that is only a guess.
UPDATE limosa.target SET version_schema = :version_schema, version_table = :version_table WHERE name = :target;

-- name: finish_run
-- How the run ended.
UPDATE limosa.run SET finished_at = :finished_at, after = :after, outcome = :outcome, error = :error
 WHERE number = :run;

-- name: ended
-- How many runs of a target ended in each way, and the newest of each; the newest of all comes first.
SELECT run.outcome, ended.many, run.started_at, run.finished_at
  FROM limosa.run AS run
  JOIN (SELECT max(number) AS number, count(*) AS many FROM limosa.run
         WHERE target = :target AND outcome IS NOT NULL GROUP BY outcome) AS ended ON ended.number = run.number
 ORDER BY run.number DESC;

-- name: abandoned
-- Runs that never said how they ended: their process died.
UPDATE limosa.run SET outcome = 'interrupted', finished_at = :finished_at, error = 'the runner ended without a word'
 WHERE outcome IS NULL AND number < :run AND target = :target;

-- name: write_entry
-- One step, in its own transaction; a failed one on a connection of its own.
INSERT INTO limosa.entry (run, revision, direction, from_versions, to_versions, started_at, finished_at, duration_s,
                          outcome, actor, host, pid, tool, checksum, source, imported, statements, "transaction",
                          error)
VALUES (:run, :revision, :direction, :from_versions, :to_versions, :started_at, :finished_at, :duration_s,
        :outcome, :actor, :host, :pid, :tool, :checksum, :source, :imported, :statements, :transaction_id, :error);

-- name: entries
-- The whole ledger, newest first.
SELECT seq, run, revision, direction, from_versions, to_versions, started_at, finished_at, duration_s, outcome,
       actor, host, pid, tool, checksum, error
  FROM limosa.entry ORDER BY seq DESC;

-- name: unexplained
-- What plain Alembic did: version rows changed, and the revision not yet named.
SELECT seq, from_versions, to_versions FROM limosa.entry WHERE revision IS NULL AND tool = 'alembic' ORDER BY seq;

-- name: explain
-- Name the revision of an entry that plain Alembic left.
UPDATE limosa.entry SET revision = :revision, direction = :direction, checksum = :checksum, source = :source,
       imported = :imported
 WHERE seq = :seq;

-- name: has_entries
-- Has anything been written down for this database?
SELECT 1 FROM limosa.entry WHERE outcome = 'applied' LIMIT 1;

-- name: enter_step
-- Who runs, and how far this step came in an earlier run, if it is one that commits in its middle.
SELECT t.run, c.ordinal, c.digest, c.intent
  FROM limosa.target t
  LEFT JOIN limosa.checkpoint c ON c.target = t.name AND c.revision = :revision AND c.direction = :direction
 WHERE t.name = :target;

-- name: checkpoints
-- All steps that are half done.
SELECT revision, direction, ordinal FROM limosa.checkpoint WHERE target = :target ORDER BY revision;

-- name: set_checkpoint
-- In the transaction of the statements that it speaks of.
INSERT INTO limosa.checkpoint (target, revision, direction, run, ordinal, digest, intent)
VALUES (:target, :revision, :direction, :run, :ordinal, :digest, :intent)
ON CONFLICT (target, revision, direction) DO UPDATE
   SET run = excluded.run, ordinal = excluded.ordinal, digest = excluded.digest, intent = excluded.intent;

-- name: clear_checkpoints
-- A person has said where the database stands; what was half done is done or undone.
DELETE FROM limosa.checkpoint WHERE target = :target;

-- name: clear_checkpoint
-- The step is whole.
DELETE FROM limosa.checkpoint WHERE target = :target AND revision = :revision AND direction = :direction;
