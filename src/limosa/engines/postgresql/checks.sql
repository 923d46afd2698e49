-- name: default_schema
-- Where a table without a schema is found.
SELECT current_schema();

-- name: tables
-- The user's tables; partitions are reached through their parent, extensions' tables are not the project's.
SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'limosa') AND n.nspname NOT LIKE 'pg\_t%'
   AND c.relname <> 'alembic_version'
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 2, 3;

-- name: columns
-- Columns with what their values must look like; of a domain, the type beneath it.
SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT (a.attnotnull OR t.typnotnull),
       a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
       a.attgenerated = '' AND a.attidentity <> 'a',
       b.typname, CAST(b.typtype AS text), CAST(b.typcategory AS text),
       CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
       (SELECT array_agg(CAST(e.enumlabel AS text) ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = b.oid)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
 WHERE a.attrelid = CAST(:table AS oid) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum;

-- name: indexes
-- As pg_indexes has them, and whether they are fit for use.
SELECT i.relname, x.indisunique, x.indisprimary, x.indisvalid AND x.indisready,
       x.indpred IS NULL AND m.amname IN ('btree', 'hash'),
       ARRAY(SELECT CAST(a.attname AS text)
               FROM generate_series(0, x.indnkeyatts - 1) k
               LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k] AND x.indkey[k] <> 0
              ORDER BY k)
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
 WHERE x.indrelid = CAST(:table AS oid) ORDER BY i.relname;

-- name: constraints
-- Keys and references, with what happens to the children.
SELECT c.conname, CAST(c.contype AS text), c.convalidated,
       ARRAY(SELECT CAST(a.attname AS text) FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place),
       n.nspname, p.relname,
       ARRAY(SELECT CAST(a.attname AS text) FROM unnest(c.confkey) WITH ORDINALITY k (number, place)
               JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.place),
       CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
                          WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END
  FROM pg_constraint c LEFT JOIN pg_class p ON p.oid = c.confrelid LEFT JOIN pg_namespace n ON n.oid = p.relnamespace
 WHERE c.conrelid = CAST(:table AS oid) AND c.conparentid = 0 ORDER BY c.conname;

-- name: defects
-- Indexes that answer nothing, and constraints that were never checked against older rows.
SELECT 'index', n.nspname, t.relname, i.relname
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE NOT (x.indisvalid AND x.indisready) AND n.nspname = ANY (CAST(:schemas AS text[]))
 UNION ALL
SELECT 'constraint', n.nspname, coalesce(t.relname, d.typname), c.conname
  FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
  LEFT JOIN pg_class t ON t.oid = c.conrelid LEFT JOIN pg_type d ON d.oid = c.contypid
 WHERE NOT c.convalidated AND n.nspname = ANY (CAST(:schemas AS text[]))
 ORDER BY 1, 2, 3, 4;

-- name: rule
-- A constraint of the table, or of the domain of one of its columns: its text, and the columns it looks at.
SELECT pg_get_constraintdef(c.oid),
       ARRAY(SELECT CAST(a.attname AS text) FROM pg_attribute a
              WHERE a.attrelid = t.oid AND a.attnum > 0
                AND (a.attnum = ANY (c.conkey) OR (c.contypid <> 0 AND a.atttypid = c.contypid)))
  FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_constraint c ON c.conrelid = t.oid
    OR c.contypid IN (SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0)
 WHERE n.nspname = :schema AND t.relname = :table AND c.conname = :rule
 UNION ALL
SELECT '', ARRAY(SELECT CAST(a.attname AS text) FROM pg_attribute a
                  WHERE a.attrelid = x.indrelid AND a.attnum > 0 AND a.attnum = ANY (CAST(x.indkey AS smallint[])))
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE n.nspname = :schema AND t.relname = :table AND i.relname = :rule;

-- name: savepoint
-- Before a trial row.
SAVEPOINT limosa_trial;

-- name: go_back
-- After a row that was refused.
ROLLBACK TO SAVEPOINT limosa_trial;

-- name: settle
-- Constraints that wait for the commit are looked at now; it never comes.
SET CONSTRAINTS ALL IMMEDIATE;

-- name: no_seqscan
-- A small table is read whole whatever indexes it has; the question is whether the index could serve.
SELECT set_config('enable_seqscan', 'off', true);
