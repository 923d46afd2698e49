"""The one place that composes the rooms: a project's settings, graph and databases, and the verbs on them."""

from limosa.migrator.migrator import Migrator

__all__ = ["Migrator"]
