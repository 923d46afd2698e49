"""Tell Alembic which database holds the daily counts, and what the models say of it."""

from __future__ import annotations

from alembic import context

from app.alembic_environment import run
from app.analytics.models import metadata
from app.settings import analytics_url

run(metadata, analytics_url, offered=context.config.attributes.get("connection"))
