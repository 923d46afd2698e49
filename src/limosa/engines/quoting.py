"""Names and texts as both engines' SQL has them."""

from __future__ import annotations


def quote(identifier: str) -> str:
    """Quote an identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text, where a statement can take no parameter."""
    return "'" + text.replace("'", "''") + "'"
