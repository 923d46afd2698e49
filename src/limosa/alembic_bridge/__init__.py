"""The only room that imports Alembic: it runs env.py unmodified, and a conductor sees and steers it."""

from limosa.alembic_bridge.light import load_lazily

# Alembic loads Mako, and that all of Pygments, to paint the errors of templates
load_lazily("mako.exceptions")
