"""Drawings of the revision graph: text, Mermaid and SVG, each a pure function of a Picture."""

from __future__ import annotations

from limosa.graph.drawing.mermaid import as_mermaid
from limosa.graph.drawing.svg import as_svg
from limosa.graph.drawing.text import as_text

__all__ = ["as_mermaid", "as_svg", "as_text"]
