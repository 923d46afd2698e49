-- name: own
-- held until the connection ends, however it ends
SELECT pg_advisory_lock(hashtextextended(:owner, 0))

-- name: abandoned
-- databases whose owner's lock nobody holds; a lock taken here is given back at once
SELECT name
FROM (
    SELECT datname AS name, hashtextextended(substring(datname FROM '^(.*_)[^_]*$'), 0) AS owner
    FROM pg_database
    WHERE starts_with(datname, :prefix)
) AS found
WHERE NOT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1
        AND classid = ((owner >> 32) & 4294967295)::oid AND objid = (owner & 4294967295)::oid
)
