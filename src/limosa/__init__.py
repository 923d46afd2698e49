"""Limosa takes a SQLAlchemy and Alembic project's schema from one revision to another, whatever happens."""
