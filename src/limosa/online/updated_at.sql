-- name: postgresql_columns
-- The columns of a table, and the schema that it lies in; none where it is not there.
SELECT n.nspname, a.attname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relname = :table AND c.relkind IN ('r', 'p')
   AND CASE WHEN CAST(:schema AS text) IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = :schema END;

-- name: postgresql_function
-- The text of a function without arguments, of that name.
SELECT p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.proname = :name AND n.nspname = coalesce(CAST(:schema AS text), current_schema()) AND p.pronargs = 0;

-- name: create_postgresql_function
-- All tables of a schema with such a column share it.
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {body}

-- name: body
-- A value that the statement gave the column stands.
BEGIN
  IF NEW.{column} IS NOT DISTINCT FROM OLD.{column} THEN
    NEW.{column} := CURRENT_TIMESTAMP;
  END IF;
  RETURN NEW;
END

-- name: create_postgresql_trigger
-- Replaces the one that is there, so that it can be run again.
CREATE OR REPLACE TRIGGER {trigger} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()

-- name: drop_postgresql_trigger
-- Nothing where it is gone.
DROP TRIGGER IF EXISTS {trigger} ON {table}

-- name: drop_postgresql_function
-- Another table's trigger may still use it.
DO {body}

-- name: drop_unused
-- The server itself knows who uses it.
BEGIN
  DROP FUNCTION IF EXISTS {function}();
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END

-- name: sqlite_columns
-- The columns of a table with their place in the primary key.
SELECT name, pk FROM pragma_table_xinfo(:table, coalesce(:schema, 'main')) ORDER BY pk, cid;

-- name: sqlite_has_no_rowid
-- Of a table WITHOUT ROWID the primary key is the table: its index is listed, and is nowhere else.
SELECT 1 FROM pragma_index_list(:table, coalesce(:schema, 'main')) l
 WHERE l.origin = 'pk' AND NOT EXISTS (SELECT 1 FROM {master} m WHERE m.type = 'index' AND m.name = l.name);

-- name: create_sqlite_trigger
-- The moment is the same for a whole statement, so with recursive triggers the second turn finds nothing.
CREATE TRIGGER {trigger} AFTER UPDATE ON {table} FOR EACH ROW WHEN NEW.{column} IS OLD.{column}
BEGIN
  UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%f000', 'now')
   WHERE {key} AND {column} IS NOT strftime('%Y-%m-%d %H:%M:%f000', 'now');
END

-- name: drop_sqlite_trigger
-- Nothing where it is gone.
DROP TRIGGER IF EXISTS {trigger}
