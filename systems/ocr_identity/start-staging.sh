#!/bin/sh
# Staging: needs STAGING_DATABASE_URL, STAGING_ANALYTICS_DATABASE_URL and SECRET_KEY.
# Start workers beside it: python -m app.worker
set -eu
: "${STAGING_DATABASE_URL:?is not set; it must name the database}"
: "${STAGING_ANALYTICS_DATABASE_URL:?is not set; it must name the database of daily counts}"
: "${SECRET_KEY:?is not set; every process of the installation needs the same}"
export ENVIRONMENT=staging
exec "$(dirname "$0")/scripts/start.sh" "$@"
