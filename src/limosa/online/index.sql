-- name: table
-- A table, whether it is partitioned, how many bytes it has, and whether this transaction has made it: a
-- system column's entry in the catalogue is written with the table and never again.
SELECT CAST(c.oid AS bigint), c.relkind = 'p', pg_relation_size(c.oid),
       coalesce(a.xmin = CAST(pg_current_xact_id_if_assigned() AS xid), false)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = -6
 WHERE c.relname = :table AND c.relkind IN ('r', 'p', 'm')
   AND CASE WHEN CAST(:schema AS text) IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = :schema END;

-- name: table_of
-- The same of the table that an index is on.
SELECT CAST(c.oid AS bigint), x.relkind = 'I', pg_relation_size(c.oid),
       coalesce(a.xmin = CAST(pg_current_xact_id_if_assigned() AS xid), false)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = -6
 WHERE CAST(i.indexrelid AS bigint) = :index;

-- name: beside
-- What has that name in the schema of a table: an index of which table, and is it fit for use?
SELECT CAST(c.oid AS bigint), CAST(i.indrelid AS bigint), coalesce(i.indisvalid AND i.indisready, false)
  FROM pg_class c JOIN pg_class t ON t.relnamespace = c.relnamespace
  LEFT JOIN pg_index i ON i.indexrelid = c.oid
 WHERE c.relname = :name AND CAST(t.oid AS bigint) = :table;

-- name: named
-- An index by its name, with the table that it is on, and whether it is fit for use.
SELECT CAST(c.oid AS bigint), t.relname, i.indisvalid AND i.indisready
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
 WHERE c.relname = :name
   AND CASE WHEN CAST(:schema AS text) IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = :schema END;

-- name: shape
-- All that makes an index what it is, but its name and its table; and the statement that makes it.
SELECT m.amname, i.indisunique, i.indnkeyatts, coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
       CAST(i.indoption AS text), CAST(i.indclass AS text), CAST(i.indcollation AS text),
       CAST(ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(1, i.indnatts) k) AS text),
       pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
 WHERE CAST(i.indexrelid AS bigint) = :index;

-- name: pattern
-- The index that was made on an empty table of the same columns.
SELECT CAST(CAST('pg_temp.limosa_pattern_index' AS regclass) AS bigint);

-- name: copy_table
-- An empty table of the same columns; it is gone with the savepoint.
CREATE TEMPORARY TABLE limosa_pattern (LIKE {table})

-- name: sqlite_index
-- What has that name, and the statement that made it.
SELECT m.type, m.tbl_name, m.sql FROM {master} m WHERE m.name = :name COLLATE NOCASE AND m.type <> 'trigger';

-- name: timeouts
-- What the session has set.
SELECT current_setting('lock_timeout'), current_setting('statement_timeout');

-- name: set_timeouts
-- A timeout would break off what runs CONCURRENTLY and leave an INVALID index.
SELECT set_config('lock_timeout', :lock, false), set_config('statement_timeout', :statement, false);
