#!/usr/bin/env bash
# Write a copy of the database that DATABASE_URL names into a file, and look whether it can be read again.
# On PostgreSQL the role must be exempt from row-level security (BYPASSRLS), or pg_dump refuses.
set -euo pipefail
to=${1:?'say where to: deploy/backup.sh FILE'}
url=${DATABASE_URL:?'DATABASE_URL is not set, and names the database'}
case $url in
sqlite*)
    file=${url#*:///}
    test -f "$file" || { echo "there is no database '$file' to back up" >&2; exit 1; }
    python3 - "$file" "$to" <<'PYTHON'
import sqlite3
import sys
from contextlib import closing

with closing(sqlite3.connect(sys.argv[1])) as source, closing(sqlite3.connect(sys.argv[2])) as copy:
    source.backup(copy)
    found = copy.execute("PRAGMA integrity_check").fetchone()[0]
sys.exit(None if found == "ok" else f"the copy is damaged: {found}")
PYTHON
    ;;
postgresql*)
    # the URL goes by a variable of libpq's, not by the process list
    eval "$(python3 - <<'PYTHON'
import os
import shlex
from urllib.parse import unquote, urlsplit

url = urlsplit(os.environ["DATABASE_URL"])
found = {
    "PGHOST": url.hostname,
    "PGPORT": url.port,
    "PGUSER": url.username,
    "PGPASSWORD": url.password,
    "PGDATABASE": url.path.lstrip("/"),
}
for name, value in found.items():
    if value:
        print(f"export {name}={shlex.quote(unquote(str(value)))}")
PYTHON
)"
    pg_dump --format=custom --file="$to"
    pg_restore --list "$to" > /dev/null
    ;;
*)
    echo "only sqlite and postgresql can be backed up here, not ${url%%:*}" >&2
    exit 2
    ;;
esac
echo "backed up to $to, $(stat -c %s "$to") bytes"
