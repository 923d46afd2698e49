-- name: keys_on
-- As the application has it; takes effect only outside a transaction.
PRAGMA foreign_keys = ON;

-- name: tables
-- The user's tables; virtual tables and what lies behind them left out.
SELECT m.name, m.sql FROM sqlite_master m
 WHERE m.type = 'table' AND substr(m.name, 1, 7) NOT IN ('sqlite_', 'limosa_') AND m.name <> 'alembic_version'
   AND m.sql NOT LIKE 'CREATE VIRTUAL %'
   AND NOT EXISTS (SELECT 1 FROM sqlite_master v
                    WHERE v.type = 'table' AND v.sql LIKE 'CREATE VIRTUAL %' AND m.name IN (
                          v.name || '_data', v.name || '_idx', v.name || '_content', v.name || '_docsize',
                          v.name || '_config', v.name || '_segments', v.name || '_segdir', v.name || '_stat',
                          v.name || '_node', v.name || '_parent', v.name || '_rowid'))
 ORDER BY m.name;

-- name: columns
-- Columns, generated ones too.
SELECT name, type, "notnull", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo(:table) ORDER BY cid;

-- name: indexes
-- Indexes with their columns in order; an expression has no column.
SELECT l.name, l."unique", l.origin, l.partial, x.name
  FROM pragma_index_list(:table) l, pragma_index_xinfo(l.name) x
 WHERE x.key ORDER BY l.name, x.seqno;

-- name: foreign_keys
-- References by key, and what happens to the children.
SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(:table) ORDER BY id, seq;

-- name: integrity_check
-- Reads the whole file; one row that says ok, or what is wrong.
SELECT integrity_check FROM pragma_integrity_check(20);

-- name: violations
-- Rows whose reference leads nowhere, counted by table and parent.
SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2;

-- name: savepoint
-- Before a trial row.
SAVEPOINT limosa_trial;

-- name: go_back
-- After a row that was refused.
ROLLBACK TO limosa_trial;
