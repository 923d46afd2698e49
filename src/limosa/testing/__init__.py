"""Migrated databases and checks for other people's pytest: thin hooks, and what they load when first used.

``plugin`` is what pytest finds by its entry point ``limosa``; importing it loads neither
SQLAlchemy nor Alembic nor any other room. The rest is loaded by the first test that asks.
"""
