-- name: objects
-- Everything that was created by a statement; what lies behind a virtual table is made by its module.
SELECT m.type, m.name, m.tbl_name, m.sql FROM sqlite_master m
 WHERE m.sql IS NOT NULL AND substr(m.name, 1, 7) <> 'sqlite_'
   AND substr(m.tbl_name, 1, 7) NOT IN ('sqlite_', 'limosa_') AND lower(m.tbl_name) <> lower(:version_table)
   AND NOT EXISTS (SELECT 1 FROM sqlite_master v
                    WHERE v.type = 'table' AND v.sql LIKE 'CREATE VIRTUAL %' AND m.type = 'table' AND m.name IN (
                          v.name || '_data', v.name || '_idx', v.name || '_content', v.name || '_docsize',
                          v.name || '_config', v.name || '_segments', v.name || '_segdir', v.name || '_stat',
                          v.name || '_node', v.name || '_parent', v.name || '_rowid'));

-- name: catalogue
-- Every statement as it is kept.
SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2;
