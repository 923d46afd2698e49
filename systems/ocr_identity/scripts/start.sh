#!/bin/sh
# Migrates both databases, then becomes the server. Started by start-dev.sh and its like, which say for whom.
set -eu
cd "$(dirname "$0")/.."
python scripts/migrate.py wait --timeout "${DATABASE_TIMEOUT:-60s}"
python scripts/migrate.py --all upgrade
exec uvicorn app.asgi:application --host "${HOST:-127.0.0.1}" --port "${PORT:-8000}" "$@"
