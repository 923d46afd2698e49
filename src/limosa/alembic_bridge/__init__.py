"""The only room that imports Alembic: it runs env.py unmodified, and a conductor sees and steers it."""
