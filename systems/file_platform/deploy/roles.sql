-- Two roles for a PostgreSQL database: one that owns the schema and migrates, one that serves and owns nothing.
-- Once, by a superuser, on the new and empty database:
--   psql -d file_platform -v owner=file_platform_owner -v app=file_platform_app -f deploy/roles.sql
-- Passwords are given to them afterwards, with \password, and stand in no file.
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY[:'owner', :'app']) AS name
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), :'owner') \gexec
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"app";
-- What the owner will make: the service reads all of it, the bookkeeping of migrations too (its probes ask for
-- the schema's version), and writes its own tables alone.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE ON SCHEMAS TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT SELECT ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT INSERT, UPDATE, DELETE ON TABLES TO :"app";
