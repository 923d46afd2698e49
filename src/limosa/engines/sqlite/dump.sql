-- name: texts
-- Kind, name, table and text of each object, tables first; SQLite makes its own objects itself.
SELECT type, name, tbl_name, sql FROM sqlite_master
 WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'
 ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, rowid;

-- name: shadows
-- Tables that a virtual table makes for itself.
SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow';

-- name: tables
-- Tables in the order in which they were made; whether a module holds their rows, and whether those are numbered.
SELECT m.name, l.type = 'virtual', NOT l.wr FROM sqlite_master m
  JOIN pragma_table_list l ON l.name = m.name AND l.schema = 'main'
 WHERE m.type = 'table' AND l.type <> 'shadow' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.rowid;

-- name: shadows_before_3_37
-- The same where SQLite cannot say so: by the names that its own modules give them.
SELECT v.name || s.value FROM sqlite_master v,
       json_each('["_data", "_idx", "_content", "_docsize", "_config", "_segments", "_segdir", "_stat", "_node",
                   "_parent", "_rowid"]') s
 WHERE v.type = 'table' AND v.sql LIKE 'CREATE VIRTUAL TABLE%';

-- name: tables_before_3_37
-- The same where SQLite cannot say so: by their texts.
SELECT name, sql LIKE 'CREATE VIRTUAL TABLE%', sql NOT LIKE '%WITHOUT ROWID%' FROM sqlite_master
 WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY rowid;

-- name: has_sequences
-- Has there ever been a table with AUTOINCREMENT?
SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence';

-- name: sequences
-- The highest number that each table has ever given.
SELECT name, seq FROM sqlite_sequence ORDER BY name;

-- name: forget_sequence
-- {name} is a literal.
DELETE FROM sqlite_sequence WHERE name = {name};

-- name: set_sequence
-- Numbers of rows that are gone are not given again.
INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {number});

-- name: columns
-- Columns that can be written: a generated one makes itself.
SELECT name FROM pragma_table_xinfo(:name) WHERE hidden = 0 ORDER BY cid;
