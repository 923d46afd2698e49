-- name: prepare
-- no trigger, no rule and no foreign key stands in the way of taking rows back; needs a superuser
SET session_replication_role = replica;
SET row_security = off;
SET statement_timeout = 0;
SET synchronous_commit = off

-- name: cut_off
-- a session leaves pg_stat_activity after its transaction has ended
SELECT pg_terminate_backend(pid)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()

-- name: catalog
-- what DDL writes: how many rows, and the sum of the transactions that wrote them.
-- TRUNCATE, REINDEX and REFRESH are in it, temporary tables that are gone are not, nor is ANALYZE.
SELECT coalesce(sum(n), 0)::text || '/' || coalesce(sum(x), 0)::text
FROM (
    SELECT count(*) AS n, sum(xmin::text::bigint) AS x FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_attrdef
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_constraint
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_enum
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_trigger
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_event_trigger
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_rewrite WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_policy
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_sequence
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_inherits
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_partitioned_table
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_statistic_ext
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_description WHERE objoid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_default_acl
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_extension
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_language
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_cast WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_collation WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_operator WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_opclass WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_ts_config WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_ts_dict WHERE oid >= 16384
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_foreign_server
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_foreign_data_wrapper
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_user_mapping
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_publication
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_publication_rel
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_largeobject_metadata
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_namespace
        WHERE nspname !~ '^pg_(toast_)?temp_'
    UNION ALL SELECT count(*), sum(xmin::text::bigint) FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS written

-- name: relations
-- everything that holds rows, quoted, and whether its rows may be put back
SELECT format('%I.%I', n.nspname, c.relname), c.relkind = 'r' AND pg_table_size(c.oid) <= :most_bytes
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_(catalog|toast|temp)'
ORDER BY 1

-- name: sequences
-- Every sequence, so that it can be set back.
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't'
ORDER BY 1

-- name: set_sequence
-- Set a sequence back.
SELECT setval(:name::regclass, :value, :is_called)

-- name: bloated
-- tables in which what was deleted takes more room than a VACUUM costs
SELECT name FROM unnest(:names::text[]) AS name WHERE pg_relation_size(name::regclass) > :most_bytes
