"""What of the document's blocks and of deploy/ no test can run, and why."""

from __future__ import annotations

NOT_RUN_HERE = (
    "step 'Install' of deploy/github-actions.yml (needs the package index)",
    "deploy/Dockerfile (needs a Docker engine)",
    "deploy/compose.yaml as a whole (needs a Docker engine; its schema and its commands are tested)",
    "deploy/kubernetes as a whole (needs a cluster; schemas and commands are tested)",
)
