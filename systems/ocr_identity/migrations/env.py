"""Tell Alembic which database holds users, documents and jobs, and what the models say of it."""

from __future__ import annotations

from alembic import context

from app.alembic_environment import run
from app.models import metadata
from app.settings import database_url

run(metadata, database_url, offered=context.config.attributes.get("connection"))
