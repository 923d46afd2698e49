"""The only room that imports Alembic: it runs env.py unmodified and lets a conductor see and steer what happens."""
