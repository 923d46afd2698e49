-- name: postgresql_home
-- Is there a schema for what Limosa keeps?
SELECT 1 FROM pg_namespace WHERE nspname = 'limosa';

-- name: create_postgresql_home
-- Plain Alembic may come before Limosa ever did.
CREATE SCHEMA IF NOT EXISTS limosa

-- name: create_register
-- Which changes are remembered, and where.
CREATE TABLE IF NOT EXISTS {register} (
    name         TEXT PRIMARY KEY,
    store        TEXT NOT NULL,
    table_schema TEXT,
    table_name   TEXT NOT NULL,
    columns      TEXT NOT NULL
)

-- name: create_store
-- Keys, values before and values after: each with the type of its column, so that nothing is lost.
CREATE TABLE {store} AS SELECT {columns} FROM {table} WHERE 1 = 0

-- name: drop_store
-- It has served.
DROP TABLE {store}

-- name: has_postgresql_register
-- Is anything remembered in this database?
SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'limosa' AND c.relname = 'remembered';

-- name: has_sqlite_register
-- Is anything remembered in this database?
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'limosa_remembered';

-- name: entry
-- What is remembered under a name.
SELECT store, table_schema, table_name, columns FROM {register} WHERE name = :name;
