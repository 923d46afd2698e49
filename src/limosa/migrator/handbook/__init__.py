"""Pages about the revisions for people to read: gathered, written as Markdown, kept in a folder."""

from __future__ import annotations

from limosa.migrator.handbook.export import export_docs

__all__ = ["export_docs"]
