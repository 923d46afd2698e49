-- name: texts
-- Kind, name, table and text of each object, tables first; SQLite makes its own objects itself.
SELECT type, name, tbl_name, sql FROM sqlite_master
 WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'
 ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, rowid;

-- name: shadows
-- Tables that a virtual table makes for itself.
SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow';

-- name: tables
-- Tables with rows of their own, in the order in which they were made; and those of a module.
SELECT m.name, l.type = 'virtual' FROM sqlite_master m JOIN pragma_table_list l ON l.name = m.name AND l.schema = 'main'
 WHERE m.type = 'table' AND l.type <> 'shadow' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.rowid;

-- name: columns
-- Columns that can be written: a generated one makes itself.
SELECT name FROM pragma_table_xinfo(:name) WHERE hidden = 0 ORDER BY cid;
