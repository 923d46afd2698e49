-- name: version
-- The server's version as a number.
SELECT CAST(current_setting('server_version_num') AS integer);

-- name: roles
-- Roles that a schema may name as owners or grantees.
SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname;

-- name: reset
-- Every setting as it was when the session began.
RESET ALL;
