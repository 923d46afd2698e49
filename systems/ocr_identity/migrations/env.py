"""Tell Alembic which database holds users, documents and jobs, and what the models say of it."""

from __future__ import annotations

from alembic import context
from sqlalchemy import URL

from app.alembic_environment import run
from app.models import metadata
from app.settings import database_url


def get_url() -> URL:
    """Return the database of the environment that ``ENVIRONMENT`` names."""
    return database_url()


run(metadata, get_url, offered=context.config.attributes.get("connection"))
