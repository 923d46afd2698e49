"""A page: what a command has to say, without saying how it looks; printed plain or by ``terminal``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Tone(StrEnum):
    """How a text is meant; a terminal gives it a colour."""

    PLAIN = "plain"
    STRONG = "strong"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    FAINT = "faint"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or several, as they are."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and what stands behind them."""

    pairs: tuple[tuple[str, Line], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


Block: TypeAlias = Line | Facts | Grid
Page: TypeAlias = tuple[Block, ...]


def row(*cells: str | Line | None) -> tuple[Line, ...]:
    """Make a row of texts; None is an empty cell."""
    return tuple(cell if isinstance(cell, Line) else Line(cell or "") for cell in cells)


def facts(**pairs: str | Line | None) -> Facts:
    """Make facts of keywords, underscores read as spaces; those that are None are left out."""
    return Facts(
        tuple(
            (label.replace("_", " "), value if isinstance(value, Line) else Line(value))
            for label, value in pairs.items()
            if value is not None
        )
    )


def as_text(page: Page) -> str:
    """Return a page as plain text, columns aligned by spaces."""
    return "".join(f"{line}\n" for block in page for line in _lines(block))


def _lines(block: Block) -> list[str]:
    if isinstance(block, Line):
        return block.text.splitlines() or [""]
    if isinstance(block, Facts):
        width = max((len(label) for label, _ in block.pairs), default=0)
        return [f"{label + ':':<{width + 1}} {value.text}" for label, value in block.pairs]
    table = [block.columns, *(tuple(cell.text for cell in cells) for cells in block.rows)]
    widths = [max(len(cells[place]) for cells in table) for place in range(len(block.columns))]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in table
    ]
