#!/bin/sh
# Development: SQLite files in data/ unless DEVELOPMENT_DATABASE_URL says otherwise; a worker runs in the server.
set -eu
if [ -z "${SECRET_KEY:-}" ]; then
    SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(48))')
fi
export SECRET_KEY ENVIRONMENT=development
exec "$(dirname "$0")/scripts/start.sh" "$@"
