#!/bin/sh
# Production: needs PRODUCTION_DATABASE_URL, PRODUCTION_ANALYTICS_DATABASE_URL and SECRET_KEY.
# Start workers beside it: python -m app.worker
set -eu
: "${PRODUCTION_DATABASE_URL:?is not set; it must name the database}"
: "${PRODUCTION_ANALYTICS_DATABASE_URL:?is not set; it must name the database of daily counts}"
: "${SECRET_KEY:?is not set; every process of the installation needs the same}"
export ENVIRONMENT=production
exec "$(dirname "$0")/scripts/start.sh" "$@"
