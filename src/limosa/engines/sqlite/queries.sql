-- name: tables
-- The user's tables; SQLite's own, ours and Alembic's left out.
SELECT name FROM sqlite_master
 WHERE type = 'table' AND substr(name, 1, 7) NOT IN ('sqlite_', 'limosa_')
   AND name <> 'alembic_version' AND substr(name, 1, 13) <> '_alembic_tmp_'
 ORDER BY name;

-- name: has_table
-- Is there a table of that name?
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name;

-- name: references
-- Tables that refer to a table with a key whose deletion rule would reach their rows.
SELECT DISTINCT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) k
 WHERE m.type = 'table' AND lower(k."table") = lower(:name) AND lower(m.name) <> lower(:name);

-- name: referring
-- Tables that have foreign keys.
SELECT m.name FROM sqlite_master m
 WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(m.name)) ORDER BY m.name;

-- name: violations
-- Rows of a table whose reference leads nowhere, counted by parent and key.
SELECT parent, fkid, count(*) FROM pragma_foreign_key_check(:name) GROUP BY 1, 2;

-- name: foreign_keys
-- Are foreign keys enforced on this connection?
SELECT foreign_keys FROM pragma_foreign_keys;

-- name: keys_off
-- Takes effect only outside a transaction.
PRAGMA foreign_keys = OFF;

-- name: integrity
-- Reads the header of the file, and so finds out whether it is a database.
SELECT count(*) FROM sqlite_master;

-- name: files
-- The file behind each database of this connection.
SELECT file FROM pragma_database_list;

-- name: place
-- The file, by its full path.
SELECT file FROM pragma_database_list WHERE name = 'main';
