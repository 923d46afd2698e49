#!/usr/bin/env bash
# A deployment, step by step; the first that fails ends it. DATABASE_URL names the database, as its owner.
#   BACKUP=backup.dump  where the copy goes
#   DEPLOY='kubectl rollout restart deployment/file-platform'  what starts the new release
#   HEALTH=http://127.0.0.1:8000  where the new release answers
set -euo pipefail
cd "$(dirname "$0")/.."

echo '1. back up the database'
deploy/backup.sh "${BACKUP:?'say where the backup goes: BACKUP=backup.dump'}"

echo '2. run the migrations'
limosa validate --files --quiet
limosa upgrade --quiet

echo '3. deploy the application'
bash -c "${DEPLOY:?'say what starts the new release'}"

echo '4. verify the deployment'
limosa status --exit-code
limosa verify --quiet

echo '5. ask for its health'
health=${HEALTH:?'say where the new release answers'}
for path in live ready health; do
    curl --silent --show-error --fail --retry 20 --retry-delay 1 --retry-connrefused "$health/$path"
    echo
done
